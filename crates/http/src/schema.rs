//! What the wire types look like to clients: the closed sets of codes, ids, instants and days.

use docket_domain::Kind;
use docket_domain::catalogue::Level;
use docket_domain::vocabulary::{
    Action, DocumentType, Menu, Outcome, Signed, Status, StepState, StepType, SystemRole, Tab,
};
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! code_schemas {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $all:expr;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let codes: Vec<&'static str> = $all.iter().map(|value| value.code()).collect();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes)).build().into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($wire)
            }
        }
    )+};
}

code_schemas! {
    /// Kinds of declarations.
    KindCode = "Kind", Kind::ALL;
    /// Tabs of the worklist.
    TabCode = "Tab", Tab::ALL;
    /// Actions.
    ActionCode = "Action", Action::ALL;
    /// Status of a declaration.
    StatusCode = "Status", Status::ALL;
    /// Result of a concluded declaration.
    OutcomeCode = "Outcome", Outcome::ALL;
    /// Types of steps.
    StepTypeCode = "StepType", StepType::ALL;
    /// States of a step.
    StepStateCode = "StepState", StepState::ALL;
    /// How a step was signed for.
    SignedCode = "Signed", Signed::ALL;
    /// Menus of an operator.
    MenuCode = "Menu", Menu::ALL;
    /// Types of documents that people are identified by.
    DocumentTypeCode = "DocumentType", DocumentType::ALL;
    /// Levels of titles.
    LevelCode = "Level", Level::ALL;
    /// Roles of the platform.
    SystemRoleCode = "SystemRole", SystemRole::ALL;
}

macro_rules! text_schemas {
    ($($(#[$doc:meta])* $name:ident = $format:literal, $example:literal, $description:literal;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format(Some(SchemaFormat::Custom($format.to_owned())))
                    .description(Some($description))
                    .examples([$example])
                    .build()
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

text_schemas! {
    /// Any id.
    Id = "uuid", "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41", "An id";
    /// An instant.
    At = "date-time", "2026-03-02T09:00:00+08:00", "An instant, RFC 3339 with +08:00";
    /// A day.
    Date = "date", "2026-03-02", "A day in Asia/Shanghai";
}
