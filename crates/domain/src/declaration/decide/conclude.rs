//! 评审结论: 评审通过 or 评审未通过, with the votes of the meeting where they are given (A83).

use super::chain::all_moved;
use super::{Permit, actor_names, opinion, submit};
use crate::decision::Decision;
use crate::declaration::command::Ballot;
use crate::declaration::events::{Conclusion, ReviewConcluded, Votes};
use crate::facts::Facts;
use crate::refusal::{Code, Refusal};
use crate::vocabulary::StepState;

pub fn decide(
    permit: &Permit<'_>,
    passed: Option<bool>,
    ballot: Ballot,
    text: &str,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let step = permit.unit_step()?;
    let passed = passed.ok_or_else(|| Refusal::of_field(Code::FieldRequired, "passed"))?;
    let votes = counted(ballot)?;
    let text = opinion(text, permit.limit("opinion"), false)?;
    let event = ReviewConcluded {
        steps: all_moved(declaration, step, StepState::Concluded),
        passed,
        personal: Some(Conclusion {
            names: actor_names(facts),
            votes,
            text,
        }),
    };
    Ok(Decision::on(declaration.stream(), vec![event.into()])
        .claiming(vec![submit::free_live(declaration)]))
}

/// The votes, where any of the four numbers is given: then all are, and they add up.
fn counted(ballot: Ballot) -> Result<Option<Votes>, Refusal> {
    if ballot == Ballot::default() {
        return Ok(None);
    }
    let given = |number: Option<u32>, field| {
        number.ok_or_else(|| Refusal::of_field(Code::FieldRequired, field))
    };
    let votes = Votes {
        present: given(ballot.present, "present")?,
        in_favour: given(ballot.in_favour, "for")?,
        against: given(ballot.against, "against")?,
        abstained: given(ballot.abstained, "abstained")?,
    };
    let cast = [votes.in_favour, votes.against, votes.abstained].map(u64::from);
    if cast.iter().sum::<u64>() != u64::from(votes.present) {
        return Err(Refusal::of_field(Code::FieldInvalid, "present")
            .with_detail("赞成、反对、弃权票数之和应等于出席人数"));
    }
    Ok(Some(votes))
}
