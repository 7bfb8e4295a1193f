//! The texts of sections: read from the documents, masked for their reader, and where they are not
//! there, why.

use crate::access::Capacity;
use crate::app::App;
use crate::problem::Problem;
use crate::refused::definition_of;
use crate::state_view::{ContentState, Text};
use docket_codec::{Content, ReadError, hash_from_hex};
use docket_domain::declaration::{Declaration, SavedSection};
use docket_domain::workflow::{BASIC, Definition, FieldType};
use docket_domain::{Stream, mask};
use serde_json::Value;
use std::collections::BTreeMap;

/// The texts of all sections as somebody reads them. One that is gone harms no other.
///
/// # Errors
/// When the log cannot be read now.
pub async fn texts(
    app: &App,
    declaration: &Declaration,
    capacity: Capacity,
) -> Result<BTreeMap<String, Text>, Problem> {
    let definition = definition_of(app, declaration);
    let mut texts = BTreeMap::new();
    for (code, section) in &declaration.sections {
        let mut text = match capacity.reads(section) {
            Some(section) => text_of(app, &declaration.stream(), section).await?,
            None => Text::without(ContentState::Withheld),
        };
        if code == BASIC && !capacity.sees_all() {
            mask_identity(&mut text, definition.as_deref());
        }
        texts.insert(code.clone(), text);
    }
    Ok(texts)
}

/// What has become of the texts of all sections, without the texts.
///
/// # Errors
/// When the log cannot be read now.
pub async fn without_bodies(
    app: &App,
    declaration: &Declaration,
) -> Result<BTreeMap<String, Text>, Problem> {
    let mut found = BTreeMap::new();
    for (code, section) in &declaration.sections {
        let text = text_of(app, &declaration.stream(), section).await?;
        found.insert(code.clone(), Text::without(text.content));
    }
    Ok(found)
}

/// The text of one section, as it was saved.
///
/// # Errors
/// When the log cannot be read now.
pub async fn text_of(app: &App, stream: &Stream, section: &SavedSection) -> Result<Text, Problem> {
    text(app, stream, &section.document, section.position).await
}

/// The text of a document, saved by the event at a position.
///
/// # Errors
/// When the log cannot be read now.
pub async fn text(
    app: &App,
    stream: &Stream,
    document: &str,
    position: u64,
) -> Result<Text, Problem> {
    let gone = || Text::without(ContentState::Missing);
    let Some(hash) = hash_from_hex(document) else {
        return Ok(gone());
    };
    match app.engine().reader().document(stream, &hash).await {
        Ok(Content::Plain(bytes)) => Ok(serde_json::from_slice(&bytes).map_or_else(
            |_| gone(),
            |body| Text {
                content: ContentState::Plain,
                body: Some(body),
                withheld: Vec::new(),
            },
        )),
        Ok(Content::Erased) => Ok(Text::without(ContentState::Erased)),
        Ok(Content::Superseded) => Ok(Text::without(ContentState::Superseded)),
        Err(ReadError::Corrupt { what, .. }) => {
            tracing::error!(%stream, position, what, "a section's text is not what was saved");
            Ok(gone())
        }
        Err(error) => Err(error.into()),
    }
}

/// Masks 姓名, 手机号 and 证件号码 of 基本信息. The date of birth goes: the mask of the number
/// hides it.
fn mask_identity(text: &mut Text, definition: Option<&Definition>) {
    let section = definition.and_then(|definition| definition.section(BASIC));
    let (Some(section), Some(body)) = (section, text.body.as_mut().and_then(Value::as_object_mut))
    else {
        return;
    };
    for field in section.fields.iter().filter(|field| field.identity) {
        let masked: fn(&str) -> String = match field.field_type {
            FieldType::IdNumber => mask::id_number,
            FieldType::Mobile => mask::mobile,
            FieldType::Text if field.name == "name" => mask::name,
            FieldType::Day => {
                if body.remove(&field.name).is_some() {
                    text.withheld.push(field.name.clone());
                }
                continue;
            }
            _ => continue,
        };
        if let Some(shown) = body.get(&field.name).and_then(Value::as_str).map(masked) {
            body.insert(field.name.clone(), Value::String(shown));
        }
    }
}
