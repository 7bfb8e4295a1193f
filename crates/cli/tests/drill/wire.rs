//! Commands and pages as requests, and answers as the checker takes them.

use crate::client::{Reply, Request};
use docket_domain::administration::AdminCommand;
use docket_domain::declaration::{DeclarationCommand, ReturnTo};
use docket_domain::time::Instant;
use docket_domain::vocabulary::Tab;
use docket_domain::{Command, DeclarationId};
use docket_engine::EventPlace;
use docket_testkit::linear::{Accepted, Answer, List, Page, Row};
use serde_json::{Value, json};

/// The request of a command.
pub fn request(command: &Command) -> Request {
    match command {
        Command::Declaration { id, command } => {
            let (action, body) = action(command);
            Request {
                method: "POST",
                path: format!("/declarations/{id}/{action}"),
                body,
                ..Request::default()
            }
        }
        Command::Administration(AdminCommand::SaveProfile {
            unit,
            profile,
            sign_off,
        }) => {
            let mut body = serde_json::to_value(profile).unwrap();
            body["sign_off"] = json!(sign_off);
            Request {
                method: "PUT",
                path: format!("/units/{unit}/profile"),
                body: Some(body),
                ..Request::default()
            }
        }
        other => panic!("the drill never asks for {}", other.name()),
    }
}

fn action(command: &DeclarationCommand) -> (&'static str, Option<Value>) {
    match command {
        DeclarationCommand::Submit => ("submit", None),
        DeclarationCommand::Sign => ("sign", None),
        DeclarationCommand::ApproveAndPublicize(_) => ("approve-and-publicize", None),
        DeclarationCommand::Withdraw => ("withdraw", None),
        DeclarationCommand::Reassign => ("reassign", None),
        DeclarationCommand::Return { to, reason } => {
            let to = match to {
                Some(ReturnTo::Unit(unit)) => json!(unit),
                Some(ReturnTo::Applicant) | None => json!("applicant"),
            };
            ("return", Some(json!({ "to": to, "reason": reason })))
        }
        DeclarationCommand::Terminate { reason } => {
            ("terminate", Some(json!({ "reason": reason })))
        }
        DeclarationCommand::Report(form) => {
            let days = form.publicity.as_ref();
            let body = json!({
                "target_unit_id": form.target,
                "responsible_person": form.responsible_person,
                "phone": form.phone,
                "opinion": form.opinion,
                "publicity": days.map(|days| json!({ "start": days.start, "end": days.end })),
            });
            ("report", Some(body))
        }
        other => panic!("the drill never asks for {}", other.name()),
    }
}

/// The request of a command on several rows.
pub fn list_action(command: &DeclarationCommand, items: &[DeclarationId]) -> Request {
    let (action, _) = action(command);
    let items: Vec<Value> = items
        .iter()
        .map(|id| json!({ "declaration_id": id }))
        .collect();
    Request {
        method: "POST",
        path: format!("/worklist/actions/{action}"),
        body: Some(json!({ "items": items })),
        ..Request::default()
    }
}

/// The request of a page.
pub fn page_request(list: &List) -> Request {
    Request::get(format!(
        "/worklist?kind={}&tab={}&limit={}&min_position={}",
        list.kind.code(),
        list.tab.code(),
        list.limit,
        list.min_position
    ))
}

/// What an answer says of a command; `Err` for what no server should answer here.
pub fn answer(reply: &Reply) -> Result<Answer, String> {
    let body = &reply.body;
    match reply.status {
        200 | 201 => {
            let events = body["events"].as_array().map(|events| events.iter());
            let events = events.and_then(|events| events.map(place).collect());
            Ok(Answer::Accepted(Accepted {
                position: Some(body["position"].as_u64().ok_or("no position")?),
                version: body["version"].as_u64().ok_or("no version")?,
                events: Some(events.ok_or("no events")?),
                visible: reply
                    .headers
                    .get("docket-visible")
                    .is_some_and(|told| told == "true"),
            }))
        }
        503 => unavailable(reply),
        400 | 403..500 => Ok(Answer::Refused(code(body)?)),
        status => Err(format!("{status} {body}")),
    }
}

/// 503 says when to come again.
fn unavailable(reply: &Reply) -> Result<Answer, String> {
    if reply.headers.contains_key("retry-after") {
        Ok(Answer::Unknown)
    } else {
        Err(format!("503 without Retry-After: {}", reply.body))
    }
}

/// The answers of a list action, in the order of its items.
pub fn answers(reply: &Reply, items: &[DeclarationId]) -> Result<Vec<Answer>, String> {
    if reply.status == 503 {
        return unavailable(reply).map(|answer| vec![answer; items.len()]);
    }
    let results = reply.body["results"].as_array();
    let results = results.filter(|results| reply.status == 200 && results.len() == items.len());
    let results = results.ok_or_else(|| format!("{} {}", reply.status, reply.body))?;
    items.iter().zip(results).map(item).collect()
}

fn item((id, result): (&DeclarationId, &Value)) -> Result<Answer, String> {
    if result["declaration_id"] != json!(id) {
        return Err(format!("another item: {result}"));
    }
    if result["done"] == true {
        return Ok(Answer::Accepted(Accepted {
            position: None,
            version: result["version"].as_u64().ok_or("no version")?,
            events: None,
            visible: false,
        }));
    }
    match result["problem"]["status"].as_u64() {
        Some(503) => Ok(Answer::Unknown),
        Some(500) | None => Err(result.to_string()),
        Some(_) => Ok(Answer::Refused(code(&result["problem"])?)),
    }
}

fn code(problem: &Value) -> Result<String, String> {
    let code = problem["code"].as_str().map(str::to_owned);
    code.ok_or_else(|| format!("a problem without a code: {problem}"))
}

fn place(event: &Value) -> Option<EventPlace> {
    Some(EventPlace {
        kind: event["type"].as_str()?.to_owned(),
        version: event["version"].as_u64()?,
        position: event["position"].as_u64()?,
    })
}

/// A page; `None` where the node is behind.
pub fn page(reply: &Reply) -> Result<Option<Page>, String> {
    let wrong = || format!("{} {}", reply.status, reply.body);
    match reply.status {
        503 => unavailable(reply).map(|_| None),
        200 => {
            let position = reply.headers.get("docket-position");
            let position = position.and_then(|text| text.parse().ok());
            let rows = reply.body["items"].as_array().map(|items| items.iter());
            let counts = reply.body["counts"].as_object().map(|counts| counts.iter());
            Ok(Some(Page {
                position: position.ok_or_else(wrong)?,
                rows: rows
                    .and_then(|rows| rows.map(row).collect())
                    .ok_or_else(wrong)?,
                counts: counts
                    .and_then(|counts| {
                        counts
                            .map(|(tab, n)| Some((Tab::parse(tab)?, n.as_u64()?)))
                            .collect()
                    })
                    .ok_or_else(wrong)?,
            }))
        }
        _ => Err(wrong()),
    }
}

fn row(item: &Value) -> Option<Row> {
    let text = |name: &str| item[name].as_str();
    Some(Row {
        declaration: text("declaration_id")?.parse().ok()?,
        version: item["version"].as_u64()?,
        tab: Tab::parse(text("tab")?)?,
        number: text("number")?.to_owned(),
        submitted_at: Instant::parse(text("submitted_at")?).ok()?,
        handler: item["handler"]["name"].as_str().map(str::to_owned),
    })
}
