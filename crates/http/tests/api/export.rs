//! The list as a workbook.

use crate::support::Service;
use axum::body::to_bytes;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use std::io::{Cursor, Read};

on_both_engines!(async:
    the_current_filter_is_a_workbook_of_masked_texts_and_an_audit_entry,
    a_person_without_the_menu_exports_nothing,
);

/// The texts of a workbook.
fn texts(bytes: Vec<u8>) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut texts = String::new();
    let mut strings = archive.by_name("xl/sharedStrings.xml").unwrap();
    strings.read_to_string(&mut texts).unwrap();
    texts
}

async fn the_current_filter_is_a_workbook_of_masked_texts_and_an_audit_entry(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    for applicant in &cast.applicants[..2] {
        service
            .submitted(applicant, Kind::Review, &cast.school)
            .await;
    }
    let response = service
        .get(
            &cast.school.first,
            "/worklist/export.xlsx?kind=review&tab=to_sign",
        )
        .response()
        .await;
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let texts = texts(bytes.to_vec());
    for shown in ["申报编号", "待签收", "审核截止时间"] {
        assert!(texts.contains(shown), "{shown} is not in {texts}");
    }
    for applicant in &cast.applicants[..2] {
        for hidden in [&applicant.name, &applicant.id_number, &applicant.mobile] {
            assert!(!texts.contains(hidden.as_str()), "{hidden} is not masked");
        }
    }
    let newest = service.log.audit_trail(1).await.unwrap().remove(0);
    assert_eq!(newest.action, "export_worklist");
    assert_eq!(newest.subject, Some(format!("unit/{}", cast.school.id)));
}

async fn a_person_without_the_menu_exports_nothing(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    service
        .get(applicant, "/worklist/export.xlsx")
        .refused(403, "NO_PERMISSION")
        .await;
}
