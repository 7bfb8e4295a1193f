/// Figures side by side, printed as they come.
pub struct Report {
    limit: f64,
}

impl Report {
    /// Starts a table; `limit` is what ratios are of, in `unit` a second.
    #[allow(clippy::print_stdout)] // a bench prints
    pub fn against(title: &str, what: &str, limit: f64, unit: &str) -> Self {
        println!("\n{title}");
        println!("  {what:<58} {limit:>10.0} {unit}/s   1.00");
        Self { limit }
    }

    /// A line with its ratio to the limit.
    #[allow(clippy::print_stdout)] // a bench prints
    pub fn line(&self, what: &str, rate: f64, unit: &str) {
        println!(
            "  {what:<58} {rate:>10.0} {unit}/s   {:.2}",
            rate / self.limit
        );
    }

    /// A line of words.
    #[allow(clippy::print_stdout)] // a bench prints
    pub fn note(&self, words: &str) {
        println!("  {words}");
    }
}

/// What a ratio should reach.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// What is wanted.
    pub wanted: f64,
    /// What is enough.
    pub least: f64,
}

impl Aim {
    /// How a ratio stands to it.
    pub fn judge(self, ratio: f64) -> &'static str {
        if ratio >= self.wanted {
            "met"
        } else if ratio >= self.least {
            "not met, the least is"
        } else {
            "MISSED"
        }
    }

    /// Prints how a ratio stands to it.
    #[allow(clippy::print_stdout)] // a bench prints
    pub fn print(self, what: &str, ratio: f64) {
        let Self { wanted, least } = self;
        let bounds = if wanted > least {
            format!("{wanted}, at least {least}")
        } else {
            format!("{wanted}")
        };
        let judged = self.judge(ratio);
        println!("  {what:<58} {ratio:>10.2}   aim {bounds}: {judged}");
    }
}

/// What a figure should stay below.
#[derive(Debug, Clone, Copy)]
pub struct Most(pub f64);

impl Most {
    /// How a figure stands to it.
    pub fn judge(self, figure: f64) -> &'static str {
        match figure <= self.0 {
            true => "met",
            false => "MISSED",
        }
    }

    /// Prints how a figure stands to it.
    #[allow(clippy::print_stdout)] // a bench prints
    pub fn print(self, what: &str, figure: f64) {
        let judged = self.judge(figure);
        println!(
            "  {what:<58} {figure:>10.2}   aim at most {}: {judged}",
            self.0
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_above_its_most_is_missed() {
        assert_eq!(Most(2.0).judge(2.0), "met");
        assert_eq!(Most(2.0).judge(2.1), "MISSED");
    }

    #[test]
    fn a_ratio_below_the_least_is_missed() {
        let aim = Aim {
            wanted: 5.0,
            least: 3.0,
        };
        assert_eq!(aim.judge(5.0), "met");
        assert_eq!(aim.judge(4.9), "not met, the least is");
        assert_eq!(aim.judge(2.9), "MISSED");
    }
}
