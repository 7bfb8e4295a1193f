//! From the expanded text to the tables of a [`Definition`], gathering every problem on the way.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::names::{read, read_all};
use super::problems::{DefinitionErrors, Problems};
use super::raw::{
    RawAction, RawApplicantTransition, RawDeadline, RawField, RawOutside, RawSection, RawState,
    RawStepStatus, RawStepType, RawTab, RawTransition,
};
use super::reader::Reader;
use super::{
    ActionInfo, ApplicantTransition, DeadlineInfo, Definition, Field, Outside, Section, StateInfo,
    StepTypeInfo, TabInfo, Transition, Words, hash_of,
};
use crate::kind::Kind;
use crate::vocabulary::StepType;

/// Reads every table; what cannot be read is left out and reported.
pub(super) fn build(text: &str) -> Result<Definition, DefinitionErrors> {
    let mut reader = Reader::new(text)?;
    let kind = reader.code("kind");
    let terminal_step = reader.code("terminal_step");
    let definition = Definition {
        kind: kind.unwrap_or(Kind::Review),
        version: reader.number("version"),
        label: reader.text("label"),
        full_label: reader.text("full_label"),
        menu_label: reader.text("menu_label"),
        terminal_step: terminal_step.unwrap_or(StepType::Committee),
        publicity_days: reader.number("publicity_days"),
        guarantee: reader.text("guarantee"),
        step_types: reader.entries("step_types", step_type),
        states: reader.entries("states", state),
        tabs: reader.entries("tabs", tab),
        actions: reader.entries("actions", action),
        deadlines: reader.entries("deadlines", deadline),
        sections: reader.entries("sections", section),
        transitions: unique(
            reader.entries("transitions", transitions),
            "transitions",
            &mut reader,
        ),
        applicant: unique(
            reader.entries("applicant_transitions", applicant_transition),
            "applicant_transitions",
            &mut reader,
        ),
        outside: reader.entries("outside", outside),
        words: words(&mut reader),
        hash: hash_of(text),
        text: text.to_owned(),
    };
    reader.finish(definition)
}

/// Puts keyed entries into a map; a key that stands twice is a problem.
fn unique<K: Ord + std::fmt::Debug, V>(
    entries: Vec<(String, K, V)>,
    name: &str,
    reader: &mut Reader,
) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (path, key, value) in entries {
        match map.entry(key) {
            Entry::Vacant(free) => {
                free.insert(value);
            }
            Entry::Occupied(taken) => {
                let message = format!("{:?} stands twice in {name}", taken.key());
                reader.problems.add(path, message);
            }
        }
    }
    map
}

fn step_type(path: &str, raw: RawStepType, problems: &mut Problems) -> Option<StepTypeInfo> {
    let code = read(&format!("{path}.code"), &raw.code, problems)?;
    Some(StepTypeInfo {
        code,
        label: raw.label,
        progress_label: raw.progress_label,
    })
}

fn state(path: &str, raw: RawState, problems: &mut Problems) -> Option<StateInfo> {
    let code = read(&format!("{path}.code"), &raw.code, problems);
    let tab = read(&format!("{path}.tab"), &raw.tab, problems);
    let step_types = read_all(&format!("{path}.step_types"), &raw.step_types, problems);
    Some(StateInfo {
        code: code?,
        label: raw.label,
        tab: tab?,
        step_types,
    })
}

fn tab(path: &str, raw: RawTab, problems: &mut Problems) -> Option<TabInfo> {
    let code = read(&format!("{path}.code"), &raw.code, problems)?;
    Some(TabInfo {
        code,
        label: raw.label,
        badge: raw.badge,
    })
}

fn action(path: &str, raw: RawAction, problems: &mut Problems) -> Option<ActionInfo> {
    let code = read(&format!("{path}.code"), &raw.code, problems);
    let fields = fields(path, raw.fields, problems);
    Some(ActionInfo {
        code: code?,
        label: raw.label,
        dialog_title: raw.dialog_title,
        note: raw.note,
        fields,
    })
}

fn fields(path: &str, raws: Vec<RawField>, problems: &mut Problems) -> Vec<Field> {
    raws.into_iter()
        .enumerate()
        .filter_map(|(index, raw)| field(&format!("{path}.fields[{index}]"), raw, problems))
        .collect()
}

fn field(path: &str, raw: RawField, problems: &mut Problems) -> Option<Field> {
    let field_type = read(&format!("{path}.type"), &raw.field_type, problems);
    let step_types = read_all(&format!("{path}.step_types"), &raw.step_types, problems);
    Some(Field {
        name: raw.name,
        label: raw.label,
        field_type: field_type?,
        required: raw.required,
        max: raw.max,
        default: raw.default,
        step_types,
        identity: raw.identity,
    })
}

fn deadline(path: &str, raw: RawDeadline, problems: &mut Problems) -> Option<DeadlineInfo> {
    let code = read(&format!("{path}.code"), &raw.code, problems);
    let step_type = match &raw.step_type {
        Some(step_type) => Some(read(&format!("{path}.step_type"), step_type, problems)?),
        None => None,
    };
    let governs = read_all(&format!("{path}.governs"), &raw.governs, problems);
    Some(DeadlineInfo {
        code: code?,
        label: raw.label,
        step_type,
        governs,
    })
}

fn section(path: &str, raw: RawSection, problems: &mut Problems) -> Option<Section> {
    let shape = read(&format!("{path}.shape"), &raw.shape, problems);
    let fields = fields(path, raw.fields, problems);
    Some(Section {
        code: raw.code,
        form: raw.form,
        label: raw.label,
        shape: shape?,
        required: raw.required,
        min: raw.min,
        max: raw.max,
        fields,
    })
}

type TransitionKey = (
    StepType,
    crate::vocabulary::StepState,
    crate::vocabulary::Action,
);

/// One row of the file is one transition for each of its step types and states.
fn transitions(
    path: &str,
    raw: RawTransition,
    problems: &mut Problems,
) -> Vec<(String, TransitionKey, Transition)> {
    let step_types = read_all(&format!("{path}.step_types"), &raw.step_types, problems);
    let from = read_all(&format!("{path}.from"), &raw.from, problems);
    let action = read(&format!("{path}.action"), &raw.action, problems);
    let stays = raw.to == "same";
    let to = if stays {
        None
    } else {
        read(&format!("{path}.to"), &raw.to, problems)
    };
    let mut guards = read_all(&format!("{path}.guards"), &raw.guards, problems);
    guards.sort_unstable();
    let effects = read_all(&format!("{path}.effects"), &raw.effects, problems);
    let Some(action) = action else {
        return Vec::new();
    };
    let pairs = step_types
        .iter()
        .flat_map(|step| from.iter().map(move |state| (*step, *state)));
    pairs
        .filter_map(|(step, state)| {
            let transition = Transition {
                to: if stays { state } else { to? },
                guards: guards.clone(),
                effects: effects.clone(),
                record: raw.record.clone(),
                record_negative: raw.record_negative.clone(),
            };
            Some((path.to_owned(), (step, state, action), transition))
        })
        .collect()
}

type ApplicantKey = (crate::vocabulary::Status, crate::vocabulary::Action);

fn applicant_transition(
    path: &str,
    raw: RawApplicantTransition,
    problems: &mut Problems,
) -> Vec<(String, ApplicantKey, ApplicantTransition)> {
    let from = read(&format!("{path}.from"), &raw.from, problems);
    let action = read(&format!("{path}.action"), &raw.action, problems);
    let to = read(&format!("{path}.to"), &raw.to, problems);
    let mut guards = read_all(&format!("{path}.guards"), &raw.guards, problems);
    guards.sort_unstable();
    let effects = read_all(&format!("{path}.effects"), &raw.effects, problems);
    let (Some(from), Some(action), Some(to)) = (from, action, to) else {
        return Vec::new();
    };
    let transition = ApplicantTransition {
        to,
        guards,
        effects,
        record: raw.record,
    };
    vec![(path.to_owned(), (from, action), transition)]
}

fn outside(path: &str, raw: RawOutside, problems: &mut Problems) -> Option<Outside> {
    Some(Outside {
        label: raw.label,
        step_types: read_all(&format!("{path}.step_types"), &raw.step_types, problems),
        from: read_all(&format!("{path}.from"), &raw.from, problems),
        to: read_all(&format!("{path}.to"), &raw.to, problems),
    })
}

type StepStatus = ((StepType, crate::vocabulary::StepState), String);

fn step_status(path: &str, raw: RawStepStatus, problems: &mut Problems) -> Vec<StepStatus> {
    let step = read(&format!("{path}.step_type"), &raw.step_type, problems);
    let states = read_all(&format!("{path}.states"), &raw.states, problems);
    let keyed = step
        .into_iter()
        .flat_map(|step| states.iter().map(move |state| (step, *state)));
    keyed.map(|key| (key, raw.text.clone())).collect()
}

fn words(reader: &mut Reader) -> Words {
    Words {
        applicant_status: reader.texts_by("applicant_status"),
        applicant_steps: reader
            .entries("applicant_step_status", step_status)
            .into_iter()
            .collect(),
        outcomes: reader.texts_by("outcomes"),
        refusals: reader.value("refusals").unwrap_or_default(),
        warnings: reader.value("warnings").unwrap_or_default(),
        texts: reader.value("texts").unwrap_or_default(),
    }
}
