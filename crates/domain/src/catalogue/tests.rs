#![allow(clippy::unwrap_used)]
use super::*;

#[test]
fn all_27_series_are_there_with_the_levels_of_the_table() {
    let catalogue = Catalogue::builtin();
    let numbers: Vec<u8> = catalogue
        .series()
        .iter()
        .map(|series| series.number)
        .collect();
    assert_eq!(numbers, (1..=27).collect::<Vec<u8>>());
    let with_technicians = [4, 5, 6, 9, 11, 12, 13, 20, 21, 22, 25];
    for series in catalogue.series() {
        let levels = 4 + usize::from(with_technicians.contains(&series.number));
        assert_eq!(series.titles.len(), levels, "{}", series.name);
    }
}

#[test]
fn the_same_title_has_the_level_of_its_series() {
    let catalogue = Catalogue::builtin();
    for (series, title, level) in [
        ("卫生技术人员", "副主任医师", Level::AssociateSenior),
        ("农业技术人员", "高级农艺师", Level::AssociateSenior),
        ("新闻专业人员", "编辑", Level::Middle),
        ("新闻专业人员", "高级编辑", Level::FullSenior),
        ("翻译专业人员", "二级翻译", Level::Middle),
        ("艺术专业人员", "二级演员", Level::AssociateSenior),
        ("中小学教师", "二级教师", Level::Assistant),
        ("自然科学研究人员", "助理研究员", Level::Middle),
        ("工程技术人员", "技术员", Level::Technician),
    ] {
        assert_eq!(
            catalogue.level_of(series, title),
            Some(level),
            "{series} {title}"
        );
    }
    assert_eq!(catalogue.level_of("中小学教师", "教授"), None);
    assert_eq!(catalogue.level_of("无此系列", "教授"), None);
}

#[test]
fn grades_join_the_two_upper_and_the_two_lower_levels() {
    let grades: Vec<&str> = Level::ALL
        .iter()
        .map(|level| level.grade().label())
        .collect();
    assert_eq!(grades, ["高级", "高级", "中级", "初级", "初级"]);
    let catalogue = Catalogue::builtin();
    assert_eq!(
        catalogue.grade_of("中小学教师", "高级教师"),
        Some(Grade::Senior)
    );
    assert_eq!(
        catalogue.grade_of("中小学教师", "三级教师"),
        Some(Grade::Junior)
    );
}

#[test]
fn codes_are_the_wire_names() {
    for level in Level::ALL {
        assert_eq!(serde_json::to_value(level).unwrap(), level.code());
        assert_eq!(Level::parse(level.code()), Some(level));
    }
    for grade in [Grade::Senior, Grade::Middle, Grade::Junior] {
        assert_eq!(serde_json::to_value(grade).unwrap(), grade.code());
    }
}

#[test]
fn a_catalogue_survives_the_json_of_an_event() {
    let catalogue = Catalogue::builtin();
    let json = serde_json::to_string(catalogue.series()).unwrap();
    let series: Vec<Series> = serde_json::from_str(&json).unwrap();
    assert_eq!(Catalogue::from_series(series).unwrap(), catalogue);
}

#[test]
fn a_wrong_catalogue_is_refused_with_its_reason() {
    let series = |number: u8, name: &str, titles: &str| {
        format!("[[series]]\nnumber={number}\nname=\"{name}\"\n[series.titles]\n{titles}\n")
    };
    let one = series(1, "甲", r#"middle=["乙"]"#);
    for (text, message) in [
        (format!("{one}{one}"), "series `甲` stands twice"),
        (series(1, "甲", ""), "series 1 has no title"),
        (
            series(1, " ", r#"middle=["乙"]"#),
            "series 1: a name is blank",
        ),
        (
            series(1, "甲", "middle=[\"乙\"]\nassistant=[\"乙\"]"),
            "series 1: title `乙` stands twice",
        ),
    ] {
        assert_eq!(Catalogue::parse(&text).unwrap_err().to_string(), message);
    }
    let unknown_level = Catalogue::parse(&series(1, "甲", r#"senior=["乙"]"#));
    assert!(matches!(unknown_level, Err(CatalogueProblem::Syntax(_))));
}
