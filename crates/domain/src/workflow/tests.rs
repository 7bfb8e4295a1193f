#![allow(clippy::unwrap_used)]

use super::*;

const SAMPLE: usize = 0;

fn of(kind: Kind) -> Definition {
    Definition::builtin()
        .into_iter()
        .find(|definition| definition.kind == kind)
        .unwrap()
}

/// Loads the shared file with one text replaced over a kind's file, and lists the problems.
fn broken(from: &str, to: &str) -> Vec<String> {
    assert!(
        STEPS.contains(from),
        "the shared file no longer holds {from}"
    );
    problems(&STEPS.replacen(from, to, 1), KINDS[SAMPLE])
}

/// Loads a kind's file with one text replaced.
fn broken_kind(from: &str, to: &str) -> Vec<String> {
    assert!(
        KINDS[SAMPLE].contains(from),
        "the kind's file no longer holds {from}"
    );
    problems(STEPS, &KINDS[SAMPLE].replacen(from, to, 1))
}

fn problems(shared: &str, kind: &str) -> Vec<String> {
    let errors = Definition::load(shared, kind).unwrap_err();
    assert!(!errors.0.is_empty());
    errors.0.iter().map(ToString::to_string).collect()
}

/// `to_sign: sign -> to_review` and so on, as the tables of §13A write them.
fn table(kind: Kind, step: StepType) -> Vec<String> {
    let definition = of(kind);
    let rows = definition.transitions().filter(|(of, ..)| *of == step);
    rows.map(|(_, from, action, to)| format!("{from}: {action} -> {}", to.to))
        .collect()
}

#[test]
fn the_three_files_load_with_their_kinds_and_terminal_steps() {
    let kinds = Definition::builtin().map(|definition| (definition.kind, definition.terminal_step));
    assert_eq!(
        kinds,
        [
            (Kind::Review, StepType::Committee),
            (Kind::Initial, StepType::AcceptingUnit),
            (Kind::Confirmation, StepType::AcceptingUnit),
        ]
    );
    for definition in Definition::builtin() {
        assert_eq!(definition.publicity_days, 5);
        assert_eq!(definition.version, 1);
        assert!(definition.guarantee.contains("〔姓名〕"));
    }
}

#[test]
fn the_work_units_table_is_that_of_13a_2() {
    for kind in Kind::ALL {
        assert_eq!(
            table(kind, StepType::WorkUnit),
            [
                "to_sign: sign -> to_review",
                "to_review: approve_and_publicize -> publicizing",
                "to_review: return -> returned",
                "to_review: terminate -> terminated",
                "to_review: reassign -> to_review",
                "publicizing: report -> reported",
                "publicizing: return -> returned",
                "publicizing: terminate -> terminated",
                "publicizing: reassign -> publicizing",
                "reported: withdraw -> publicizing",
            ]
        );
    }
}

#[test]
fn the_superiors_table_is_that_of_13a_3() {
    assert_eq!(
        table(Kind::Review, StepType::Superior),
        [
            "to_sign: sign -> to_review",
            "to_review: report -> reported",
            "to_review: return -> returned",
            "to_review: terminate -> terminated",
            "to_review: reassign -> to_review",
            "reported: withdraw -> to_review",
        ]
    );
}

#[test]
fn the_terminal_tables_are_those_of_13a_4() {
    assert_eq!(
        table(Kind::Initial, StepType::AcceptingUnit),
        [
            "to_sign: sign -> to_review",
            "to_review: return -> returned",
            "to_review: terminate -> terminated",
            "to_review: reassign -> to_review",
            "to_review: approve -> concluded",
        ]
    );
    assert_eq!(
        table(Kind::Review, StepType::Committee),
        [
            "to_sign: sign -> to_review",
            "to_review: return -> returned",
            "to_review: terminate -> terminated",
            "to_review: reassign -> to_review",
            "to_review: accept -> accepted",
            "accepted: terminate -> terminated",
            "accepted: reassign -> accepted",
            "accepted: conclude -> concluded",
        ]
    );
    assert_eq!(table(Kind::Review, StepType::AcceptingUnit), [""; 0]);
    assert_eq!(table(Kind::Confirmation, StepType::Committee), [""; 0]);
}

#[test]
fn the_applicants_table_is_that_of_13a_1a() {
    for definition in Definition::builtin() {
        let rows: Vec<String> = definition
            .applicant_transitions()
            .map(|(from, action, to)| format!("{from}: {action} -> {}", to.to))
            .collect();
        assert_eq!(
            rows,
            [
                "draft: save_section -> draft",
                "draft: delete -> deleted",
                "draft: submit -> in_progress",
                "returned: save_section -> returned",
                "returned: resubmit -> in_progress",
            ]
        );
        assert!(
            definition
                .applicant_transition(Status::InProgress, Action::SaveSection)
                .is_none()
        );
    }
}

#[test]
fn guards_stand_in_the_order_of_refusals_whatever_the_file_says() {
    let shuffled = STEPS.replacen(
        r#"guards = ["menu", "not_applicant", "handler", "deadline", "fields", "publicity", "target"]"#,
        r#"guards = ["target", "publicity", "deadline", "handler", "fields", "not_applicant", "menu"]"#,
        1,
    );
    assert_ne!(shuffled, STEPS);
    let definition = Definition::load(&shuffled, KINDS[SAMPLE]).unwrap();
    let key = (StepType::WorkUnit, StepState::Publicizing, Action::Report);
    let guards = &definition.transition(key.0, key.1, key.2).unwrap().guards;
    assert_eq!(
        guards[..],
        [
            Guard::Menu,
            Guard::NotApplicant,
            Guard::Handler,
            Guard::Deadline,
            Guard::Fields,
            Guard::Publicity,
            Guard::Target,
        ]
    );
    assert_eq!(
        guards,
        &of(Kind::Review)
            .transition(key.0, key.1, key.2)
            .unwrap()
            .guards
    );
}

#[test]
fn labels_differ_by_kind_where_the_manual_differs() {
    let (review, initial) = (of(Kind::Review), of(Kind::Initial));
    let dialog = |definition: &Definition| {
        let report = definition.action(Action::Report).unwrap();
        let target = report
            .fields
            .iter()
            .find(|field| field.name == "target_unit_id")
            .unwrap();
        (report.dialog_title.clone().unwrap(), target.label.clone())
    };
    assert_eq!(
        dialog(&review),
        ("报送上级单位".to_owned(), "上级单位".to_owned())
    );
    assert_eq!(
        dialog(&initial),
        ("考核推荐意见".to_owned(), "报送单位".to_owned())
    );
    assert_eq!(
        of(Kind::Confirmation)
            .action(Action::Terminate)
            .unwrap()
            .note
            .as_deref(),
        Some("终止申报后，该申报人在今年内不能再次选择当前受理单位进行职称确认申报。")
    );
    assert_eq!(
        review.refusal_title("YEAR_LOCKED"),
        Some("本年度已被终止申报，不能再次选择该评审委员会")
    );
}

#[test]
fn a_dialog_has_the_fields_of_its_kind_and_step() {
    let names = |kind, step| -> Vec<String> {
        of(kind)
            .fields_of(Action::Report, step)
            .map(|field| field.name.clone())
            .collect()
    };
    let common = ["responsible_person", "phone", "opinion"];
    let with = |rest: &[&'static str]| [&common[..], rest].concat();
    assert_eq!(
        names(Kind::Initial, StepType::WorkUnit),
        with(&["needs_interview", "publicity", "target_unit_id"])
    );
    assert_eq!(
        names(Kind::Review, StepType::WorkUnit),
        with(&["publicity", "target_unit_id"])
    );
    assert_eq!(
        names(Kind::Review, StepType::Superior),
        with(&["target_unit_id"])
    );
    assert_eq!(
        of(Kind::Review)
            .fields_of(Action::Sign, StepType::WorkUnit)
            .count(),
        0
    );
}

#[test]
fn only_a_review_has_deadlines() {
    let review = of(Kind::Review);
    let codes: Vec<&str> = review
        .deadlines
        .iter()
        .map(|deadline| deadline.code.code())
        .collect();
    assert_eq!(codes, ["submit", "work_unit", "superior", "committee"]);
    assert_eq!(
        review.deadline_of(StepType::Superior).unwrap().code,
        DeadlineCode::Superior
    );
    assert!(of(Kind::Initial).deadlines.is_empty());
    assert!(of(Kind::Confirmation).deadlines.is_empty());
}

#[test]
fn the_applicant_reads_the_texts_of_13a_5() {
    let review = of(Kind::Review);
    let open = |step, state| review.applicant_status(Status::InProgress, Some((step, state)), None);
    assert_eq!(open(StepType::WorkUnit, StepState::ToSign), "待单位审核");
    assert_eq!(
        open(StepType::WorkUnit, StepState::Publicizing),
        "单位公示中"
    );
    assert_eq!(
        open(StepType::Superior, StepState::ToReview),
        "待主管部门审核"
    );
    assert_eq!(
        open(StepType::Committee, StepState::ToSign),
        "待评审委员会审核"
    );
    assert_eq!(open(StepType::Committee, StepState::Accepted), "评审中");
    assert_eq!(
        review.applicant_status(Status::Returned, None, None),
        "已退回"
    );
    let failed = review.applicant_status(Status::Concluded, None, Some(Outcome::ReviewFailed));
    assert_eq!(failed, "评审未通过");
    let initial = of(Kind::Initial);
    let step = Some((StepType::AcceptingUnit, StepState::ToSign));
    assert_eq!(
        initial.applicant_status(Status::InProgress, step, None),
        "待受理单位审核"
    );
}

#[test]
fn the_state_label_is_the_tabs_label_except_in_review() {
    let review = of(Kind::Review);
    for state in &review.states {
        let label = if state.code == StepState::Accepted {
            "评审中"
        } else {
            review.tab_label(state.tab)
        };
        assert_eq!(review.state_label(state.code), label);
    }
}

#[test]
fn sections_are_those_of_the_manual() {
    let count = |kind| of(kind).sections.len();
    assert_eq!(
        [
            count(Kind::Review),
            count(Kind::Initial),
            count(Kind::Confirmation)
        ],
        [17, 6, 3]
    );
    assert_eq!(
        of(Kind::Initial).section("performance").unwrap().label,
        "主要工作成绩及奖惩情况"
    );
}

#[test]
fn the_expanded_text_reads_back_to_the_same_definition_and_hash() {
    for definition in Definition::builtin() {
        let again = Definition::from_expanded(definition.expanded_text()).unwrap();
        assert_eq!(again, definition);
        assert_eq!(again.hash().len(), 64);
    }
    let hashes = Definition::builtin().map(|definition| definition.hash().to_owned());
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2]);
}

#[test]
fn the_hash_follows_the_meaning_and_not_the_comments() {
    let load = |shared: &str| {
        Definition::load(shared, KINDS[SAMPLE])
            .unwrap()
            .hash()
            .to_owned()
    };
    assert_eq!(load(&format!("# a comment\n{STEPS}")), load(STEPS));
    assert_ne!(
        load(&STEPS.replacen("\"签收申报书\"", "\"签收\"", 1)),
        load(STEPS)
    );
}

#[test]
fn unknown_names_are_listed_together_with_suggestions() {
    let shared = STEPS
        .replacen(
            r#"guards = ["menu", "not_applicant"]"#,
            r#"guards = ["menue", "not_applicant"]"#,
            1,
        )
        .replacen(
            r#"effects = ["begin_publicity"]"#,
            r#"effects = ["begin_publicty"]"#,
            1,
        )
        .replacen(r#"to = "publicizing""#, r#"to = "publicising""#, 1);
    assert_eq!(
        problems(&shared, KINDS[SAMPLE]),
        [
            "transitions[0].guards[0]: unknown guard `menue`, did you mean `menu`?",
            "transitions[1].to: unknown state `publicising`, did you mean `publicizing`?",
            "transitions[1].effects[0]: unknown effect `begin_publicty`, did you mean `begin_publicity`?",
        ]
    );
}

#[test]
fn an_action_without_a_guard_for_its_actor_is_refused() {
    let errors = broken(
        r#"guards = ["menu", "not_applicant", "handler", "deadline", "publicity"]"#,
        "guards = []",
    );
    let path = "transitions.work_unit.to_review.approve_and_publicize";
    assert!(
        errors.contains(&format!(
            "{path}: no guard for the actor: `menu` is missing"
        )),
        "{errors:?}"
    );
    let errors = broken(r#"guards = ["owner"]"#, "guards = []");
    let path = "applicant_transitions.draft.delete";
    assert_eq!(
        errors,
        [format!(
            "{path}: no guard for the actor: `owner` is missing"
        )]
    );
}

#[test]
fn a_state_that_nobody_reaches_is_refused() {
    let errors = broken(r#"to = "accepted""#, r#"to = "concluded""#);
    assert_eq!(
        errors,
        ["states: a committee step never reaches `accepted`"]
    );
}

#[test]
fn a_state_that_the_step_type_lacks_is_refused() {
    let errors = broken(
        "code = \"publicizing\"\nlabel = \"公示中\"\ntab = \"publicizing\"\nstep_types = [\"work_unit\"]",
        "code = \"publicizing\"\nlabel = \"公示中\"\ntab = \"publicizing\"\nstep_types = [\"superior\"]",
    );
    let line = "transitions.work_unit.to_review.approve_and_publicize: a work_unit step has no state `publicizing`";
    assert!(errors.contains(&line.to_owned()), "{errors:?}");
    assert!(errors.contains(&"states: a superior step never reaches `publicizing`".to_owned()));
}

#[test]
fn a_tab_without_states_and_a_state_in_a_wrong_tab_are_refused() {
    let errors = broken("tab = \"returned\"", "tab = \"reported\"");
    assert_eq!(
        errors,
        [
            "tabs: no state stands in tab `returned`",
            "states.returned: must stand in tab `returned`"
        ]
    );
}

#[test]
fn double_rows_are_refused() {
    let row = "[[transitions]]\nstep_types = [\"work_unit\"]\nfrom = [\"to_sign\"]\naction = \"sign\"\nto = \"to_review\"\nguards = [\"menu\"]\nrecord = \"签收\"\n\n[[outside]]";
    let errors = broken("[[outside]]", row);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].contains("stands twice in transitions"),
        "{errors:?}"
    );
    let errors = broken("code = \"delete\"", "code = \"submit\"");
    assert!(
        errors.contains(&"actions: `submit` stands twice".to_owned()),
        "{errors:?}"
    );
    assert!(errors.contains(&"actions: `delete` has a transition but no entry".to_owned()));
}

#[test]
fn an_unguarded_deadline_is_refused() {
    let errors = broken(
        r#"guards = ["menu", "not_applicant", "handler", "deadline", "publicity"]
effects = ["begin_publicity"]"#,
        r#"guards = ["menu", "not_applicant", "handler", "publicity"]
effects = ["begin_publicity"]"#,
    );
    assert_eq!(
        errors,
        ["deadlines.work_unit.approve_and_publicize: no transition is guarded by it"]
    );
}

#[test]
fn misspelt_keys_and_missing_entries_name_their_place() {
    let errors = broken("record = \"签收申报书\"", "records = \"签收申报书\"");
    assert!(
        errors[0].starts_with("transitions[0]: unknown field `records`"),
        "{errors:?}"
    );
    assert_eq!(
        broken_kind("publicity_days = 5", ""),
        ["publicity_days: missing"]
    );
    assert_eq!(
        broken_kind("publicity_days = 5", "publicity_days = 0"),
        ["publicity_days: must be at least 1"]
    );
    assert_eq!(
        broken_kind("publicity_days = 5", "publicity_days = 5\ncolour = \"red\""),
        ["colour: unknown entry"]
    );
    assert_eq!(broken_kind("steps = 1", "steps = 9").len(), 1);
}

#[test]
fn a_kind_without_its_terminal_step_is_refused() {
    let errors = broken_kind(
        "terminal_step = \"committee\"",
        "terminal_step = \"accepting_unit\"",
    );
    assert_eq!(
        errors,
        ["step_types: must be work_unit, superior, accepting_unit in this order"]
    );
    let errors = broken_kind("kind = \"review\"", "kind = \"revue\"");
    assert_eq!(
        errors[0],
        "kind: unknown kind `revue`, did you mean `review`?"
    );
}

#[test]
fn sections_without_limits_or_with_strange_fields_are_refused() {
    let errors = broken_kind(
        "code = \"papers\"\nlabel = \"论文情况\"\nshape = \"rows\"\nmax = 200",
        "code = \"papers\"\nlabel = \"论文情况\"\nshape = \"rows\"",
    );
    assert_eq!(
        errors,
        ["sections.papers: `max` stands on sections of shape `rows` or `text`, and only there"]
    );
    let errors = broken_kind(
        "type = \"long_text\"\nrequired = true\nmax = 2000",
        "type = \"long_text\"",
    );
    assert_eq!(
        errors,
        ["sections.basic.eligibility: a text needs a limit `max`"]
    );
}

#[test]
fn every_step_type_is_drawn_with_chinese_labels() {
    for definition in Definition::builtin() {
        let drawing = definition.mermaid();
        assert!(drawing.contains("\nstateDiagram-v2\n"));
        for step in &definition.step_types {
            assert!(drawing.contains(&format!("state \"{}\" as {} {{", step.label, step.code)));
            let alone = definition.mermaid_of(step.code);
            assert!(
                alone.contains(&format!("{0}_to_sign --> {0}_to_review : ", step.code)),
                "{alone}"
            );
        }
        assert!(drawing.contains("work_unit_publicizing --> work_unit_reported : 报送上级单位"));
        assert!(drawing.contains("[*] --> work_unit_to_sign : （提交）"));
        assert!(drawing.contains("applicant_draft --> [*] : 删除"));
    }
    assert!(
        of(Kind::Review)
            .mermaid()
            .contains("committee_accepted --> committee_concluded : 评审结论")
    );
}

#[test]
fn fixed_texts_and_warnings_are_there_for_the_screens() {
    let review = of(Kind::Review);
    assert_eq!(review.fixed_text("empty_note"), Some("无"));
    assert_eq!(
        review.fixed_text("auto_sign_note"),
        Some("未启用签收功能，系统默认签收")
    );
    assert!(review.warning_title("PUBLICITY_CANNOT_FINISH").is_some());
    assert_eq!(
        review.refusal_title("WRONG_STATE"),
        Some("当前状态不允许该操作，请刷新后重试")
    );
    assert_eq!(review.refusal_title("NO_SUCH_CODE"), None);
}

#[test]
fn every_refusal_code_has_a_title_in_every_kind() {
    for definition in Definition::builtin() {
        for code in crate::refusal::Code::ALL {
            let title = definition.refusal_title(code.code());
            assert!(
                title.is_some(),
                "[refusals] of steps.v1.toml lacks {}",
                code.code()
            );
        }
    }
}

#[test]
fn every_warning_reads_the_same_in_every_kind_and_in_the_code() {
    for definition in Definition::builtin() {
        for warning in crate::refusal::Warning::ALL {
            let title = definition.warning_title(warning.code());
            assert_eq!(title, Some(warning.title()), "{}", warning.code());
        }
    }
}

#[test]
fn a_text_that_is_no_definition_lists_what_it_lacks_and_never_panics() {
    let not_json = Definition::from_expanded("kind = 1").unwrap_err();
    assert!(
        not_json
            .to_string()
            .starts_with("definition: no JSON object")
    );
    let empty = Definition::from_expanded("{}").unwrap_err().to_string();
    for name in ["kind", "version", "sections", "transitions", "refusals"] {
        assert!(
            empty
                .lines()
                .any(|line| line.starts_with(&format!("{name}: missing"))),
            "{empty}"
        );
    }
}
