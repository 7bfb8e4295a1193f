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
