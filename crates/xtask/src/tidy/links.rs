use super::{Offence, Tree};

/// Every relative link of every page leads to a file, and to a heading where it names one.
pub(super) fn links(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (page, text) in tree.pages() {
        for (line, target) in targets(text) {
            if let Some(what) = broken(tree, page, &target) {
                offences.push(Offence::new(
                    page,
                    line,
                    what,
                    "name what is there, or put it there",
                ));
            }
        }
    }
    offences
}

fn broken(tree: &Tree, page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() {
        page.to_owned()
    } else {
        resolved(page, path)
    };
    if !tree.holds(&path) {
        return Some(format!("the link to `{target}` leads nowhere"));
    }
    let text = tree.files.get(&path)?;
    let known = heading.is_empty()
        || !path.ends_with(".md")
        || headings(text).any(|known| known == heading);
    (!known).then(|| format!("{path} has no heading `#{heading}`"))
}

/// A target as a path from the root; links start at their page.
fn resolved(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Targets of links and pictures with their lines, outside of code.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut targets = Vec::new();
    for (line, text) in prose(text) {
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split([')', ' ']).next().unwrap_or_default();
            targets.push((line, target.to_owned()));
        }
    }
    targets
}

/// Lines outside of fenced blocks, without their code spans.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push((
                line,
                text.split('`').step_by(2).collect::<Vec<_>>().join("`"),
            ));
        }
    }
    lines
}

/// Headings as links name them: lower case, words joined by `-`.
fn headings(text: &str) -> impl Iterator<Item = String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
            kept.map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_nothing_is_named_with_its_line() {
        let page = "# A\n[fine](../LICENSE) `[code](nowhere)`\n```\n[block](nowhere)\n```\n![lost](pictures/lost.svg)\n\
                    [far](https://example.org/x) [here](#a) [there](b.md#two-words)\n[lost](b.md#three)\n[up](adr/)";
        let files = [
            ("docs/a.md", page),
            ("docs/b.md", "## Two words\n"),
            ("LICENSE", ""),
            ("docs/adr/1.md", ""),
        ];
        let found: Vec<_> = links(&Tree::of(&files))
            .into_iter()
            .map(|offence| (offence.line, offence.what))
            .collect();
        let expected = [
            (
                6,
                "the link to `pictures/lost.svg` leads nowhere".to_owned(),
            ),
            (8, "docs/b.md has no heading `#three`".to_owned()),
        ];
        assert_eq!(found, expected);
    }
}
