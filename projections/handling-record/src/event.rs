use docket_domain::Event;
use std::borrow::Cow;

macro_rules! happened {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $label:literal;)+) => {
        /// 事件: what a row of the record tells (§12).
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Happened { $($(#[$doc])* $variant,)+ }

        impl Happened {
            /// Every one.
            pub const ALL: &'static [Happened] = &[$(Happened::$variant),+];
            /// The code kept in rows.
            pub const fn code(self) -> &'static str {
                match self { $(Happened::$variant => $code,)+ }
            }
            /// What people read.
            pub const fn label(self) -> &'static str {
                match self { $(Happened::$variant => $label,)+ }
            }
        }
    };
}

happened! {
    /// DraftCreated
    Created = "created", "填写申报书";
    /// Submitted
    Submitted = "submitted", "提交申报书";
    /// Resubmitted
    Resubmitted = "resubmitted", "再次提交申报书";
    /// SignedFor by a person
    Signed = "signed", "签收申报书";
    /// SignedFor by the system
    SignedAutomatically = "signed_automatically", "签收申报书";
    /// ApprovedAndPublicized
    Publicized = "publicized", "审核通过并公示";
    /// Reported
    Reported = "reported", "报送上级单位";
    /// ReportWithdrawn
    Withdrawn = "withdrawn", "撤回报送";
    /// Returned
    Returned = "returned", "退回申报";
    /// Terminated
    Terminated = "terminated", "终止申报";
    /// HandlerChanged
    HandlerChanged = "handler_changed", "变更办理人";
    /// AcceptedFinal
    Approved = "approved", "审核通过";
    /// CommitteeAccepted
    Accepted = "accepted", "受理通过";
    /// ReviewConcluded, passed
    Passed = "passed", "评审通过";
    /// ReviewConcluded, not passed
    Failed = "failed", "评审未通过";
}

impl Happened {
    /// What an event is in the record; `None` for one that is not shown.
    pub fn of(event: &Event) -> Option<Happened> {
        Some(match event {
            Event::DraftCreated(_) => Happened::Created,
            Event::Submitted(_) => Happened::Submitted,
            Event::Resubmitted(_) => Happened::Resubmitted,
            Event::SignedFor(signed) if signed.auto => Happened::SignedAutomatically,
            Event::SignedFor(_) => Happened::Signed,
            Event::ApprovedAndPublicized(_) => Happened::Publicized,
            Event::Reported(_) => Happened::Reported,
            Event::ReportWithdrawn(_) => Happened::Withdrawn,
            Event::Returned(_) => Happened::Returned,
            Event::Terminated(_) => Happened::Terminated,
            Event::HandlerChanged(_) => Happened::HandlerChanged,
            Event::AcceptedFinal(_) => Happened::Approved,
            Event::CommitteeAccepted(_) => Happened::Accepted,
            Event::ReviewConcluded(concluded) if concluded.passed => Happened::Passed,
            Event::ReviewConcluded(_) => Happened::Failed,
            _ => return None,
        })
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Happened> {
        Self::ALL
            .iter()
            .copied()
            .find(|happened| happened.code() == code)
    }
}

impl From<Happened> for docket_projection::Value {
    fn from(happened: Happened) -> Self {
        docket_projection::Value::Text(Cow::Borrowed(happened.code()))
    }
}

impl docket_projection::Cell for Happened {
    fn read(value: docket_projection::Value) -> Option<Self> {
        Happened::parse(&<String as docket_projection::Cell>::read(value)?)
    }
}
