use anyhow::Context;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::collections::BTreeMap;
use std::path::Path;

/// The repository as the checks see it. Tests make one by hand.
#[derive(Debug, Default)]
pub struct Tree {
    /// Files by their path from the root, with `/`. The text is empty where it is no text.
    pub files: BTreeMap<String, String>,
    /// The members of the workspace.
    pub packages: Vec<Package>,
}

/// One member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, from the root.
    pub folder: String,
    /// What its manifest names.
    pub dependencies: Vec<Dependency>,
}

/// One dependency a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The package.
    pub name: String,
    /// Whether only tests, examples and benches use it.
    pub dev: bool,
    /// Whether it is a member of the workspace.
    pub member: bool,
}

impl Tree {
    /// Reads the tree and asks cargo for its members; nothing is fetched or built.
    ///
    /// # Errors
    /// When a folder cannot be read or a manifest is wrong.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let mut files = BTreeMap::new();
        walk(root, "", &mut files)?;
        let manifest = root.join("Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec();
        let packages = members(root, &metadata.context("cargo metadata")?);
        Ok(Self { files, packages })
    }

    /// The Rust sources of the members.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_ending(".rs")
    }

    /// The pages for readers.
    pub(crate) fn pages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_ending(".md")
    }

    fn with_ending(&self, ending: &'static str) -> impl Iterator<Item = (&str, &str)> {
        let all = self
            .files
            .iter()
            .filter(move |(path, _)| path.ends_with(ending));
        all.map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Whether a file or folder of this path is there.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let next = self.files.range(folder.clone()..).next();
        self.files.contains_key(path) || next.is_some_and(|(file, _)| file.starts_with(&folder))
    }
}

/// What starts with a dot and is ours; tools keep their own beside it.
const DOTTED: &[&str] = &[".cargo", ".ci", ".clippy.toml", ".config", ".gitignore"];

/// Build output and what tools keep is not looked at.
fn walk(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    let entries = folder
        .read_dir()
        .with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let foreign = name.starts_with('.') && !DOTTED.contains(&name.as_str());
        if foreign || (name == "target" && entry.path().is_dir()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else {
            let bytes = std::fs::read(entry.path()).with_context(|| path.clone())?;
            files.insert(path, String::from_utf8(bytes).unwrap_or_default());
        }
    }
    Ok(())
}

fn members(root: &Path, metadata: &Metadata) -> Vec<Package> {
    let names: Vec<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let package = |package: &cargo_metadata::Package| {
        let folder = package
            .manifest_path
            .parent()
            .map(|folder| folder.as_std_path().to_path_buf())
            .unwrap_or_default();
        let folder = folder
            .strip_prefix(root)
            .unwrap_or(&folder)
            .to_string_lossy()
            .replace('\\', "/");
        let dependency = |dependency: &cargo_metadata::Dependency| Dependency {
            name: dependency.name.clone(),
            dev: dependency.kind == DependencyKind::Development,
            member: names.contains(&dependency.name.as_str()),
        };
        let dependencies = package.dependencies.iter().map(dependency).collect();
        Package {
            name: package.name.to_string(),
            folder,
            dependencies,
        }
    };
    metadata.packages.iter().map(package).collect()
}

#[cfg(test)]
impl Tree {
    /// A tree of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self {
            files: files.collect(),
            packages: Vec::new(),
        }
    }

    /// The tree with one more member.
    pub(crate) fn with(mut self, name: &str, folder: &str, dependencies: &[(&str, bool)]) -> Self {
        let dependency = |(name, dev): &(&str, bool)| Dependency {
            name: (*name).to_owned(),
            dev: *dev,
            member: name.starts_with("docket-"),
        };
        let dependencies = dependencies.iter().map(dependency).collect();
        self.packages.push(Package {
            name: name.to_owned(),
            folder: folder.to_owned(),
            dependencies,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn build_output_and_what_tools_keep_is_not_looked_at() {
        let folder = tempfile::TempDir::new().unwrap();
        for path in [
            "crates/a/src/lib.rs",
            "target/x.rs",
            ".git/config",
            ".ci/run",
            "docs/a.md",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "text").unwrap();
        }
        let mut files = BTreeMap::new();
        walk(folder.path(), "", &mut files).unwrap();
        assert_eq!(
            files.into_keys().collect::<Vec<_>>(),
            [".ci/run", "crates/a/src/lib.rs", "docs/a.md"]
        );
    }

    #[test]
    fn a_folder_is_there_if_a_file_lies_in_it() {
        let tree = Tree::of(&[("docs/adr/0001.md", ""), ("docs/adra", "")]);
        assert!(tree.holds("docs/adr") && tree.holds("docs/adr/0001.md") && tree.holds("docs"));
        assert!(!tree.holds("docs/ad") && !tree.holds("doc"));
    }
}
