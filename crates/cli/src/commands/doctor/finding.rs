use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// It can wait.
    Warning,
    /// It loses data or stops the work.
    Wrong,
}

impl Verdict {
    /// Fine, or else.
    pub fn unless(right: bool, otherwise: Verdict) -> Self {
        if right { Verdict::Fine } else { otherwise }
    }
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, unless it is fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    /// With what to do if it is not fine.
    pub fn of(
        check: &'static str,
        verdict: Verdict,
        found: impl Into<String>,
        advice: &str,
    ) -> Self {
        let advice = (verdict != Verdict::Fine).then(|| advice.to_owned());
        Self {
            check,
            verdict,
            found: found.into(),
            advice,
        }
    }
}
