use crate::access::readable;
use crate::answer::{Answer, Titled};
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::queries::return_targets::offered;
use crate::refused::{definition_of, title};
use crate::schema::{ActionCode, At, Id};
use crate::state_view::PublicityView;
use axum::extract::State;
use docket_domain::declaration::{Allowed, Declaration, allowed, decide};
use docket_domain::time::Instant;
use docket_domain::unit::Unit;
use docket_domain::vocabulary::Action;
use docket_domain::workflow::{Definition, Field};
use docket_domain::{DeclarationId, Facts};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What the caller may do to a declaration.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllowedActions {
    /// The version it holds for.
    version: u64,
    /// The instant it holds for.
    #[schema(value_type = At)]
    at: Instant,
    /// Every action of the caller's side.
    actions: Vec<AllowedAction>,
}

/// One action.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllowedAction {
    #[schema(value_type = ActionCode)]
    action: Action,
    /// The button's label.
    label: String,
    /// Whether it would succeed with well-formed fields.
    allowed: bool,
    /// Why it is withheld; the command answers the same code.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Titled>,
    /// What its dialog warns of.
    warnings: Vec<Titled>,
    /// The fields of its dialog.
    fields: Vec<DialogField>,
}

/// One field of a dialog.
#[derive(Debug, Serialize, ToSchema)]
pub struct DialogField {
    /// As the command's body names it.
    name: String,
    label: String,
    /// `text`, `long_text`, `day_range`, `flag`, `unit`, `return_target` …
    #[serde(rename = "type")]
    kind: &'static str,
    required: bool,
    /// The limit in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<usize>,
    /// What can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Vec<DialogOption>>,
    /// What stands in it at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    default: Option<Value>,
}

/// One choice of a field.
#[derive(Debug, Serialize, ToSchema)]
pub struct DialogOption {
    value: String,
    label: String,
}

/// Lists what the caller may do to a declaration
///
/// The rules themselves, asked about every action: what is offered succeeds with well-formed
/// fields, and what is withheld is refused with the same code.
#[utoipa::path(
    get,
    path = "/declarations/{id}/allowed-actions",
    tag = "declarations",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = AllowedActions)),
)]
pub async fn allowed_actions(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    params: Params,
) -> Result<Answer<AllowedActions>, Problem> {
    let seen = params.settled(&app).await?;
    let declaration = readable(&app, &caller, id).await?.declaration;
    let definition = definition_of(&app, &declaration).ok_or(Trouble::Corrupt)?;
    let question = |facts: &Facts| {
        Asking {
            facts,
            definition: &definition,
        }
        .answer(id)
    };
    let body = app.engine().consult(caller.actor.clone(), question).await?;
    let version = body.version;
    Ok(Answer::new(seen, body).at_version(version))
}

struct Asking<'a> {
    facts: &'a Facts,
    definition: &'a Definition,
}

impl Asking<'_> {
    fn answer(&self, id: DeclarationId) -> AllowedActions {
        let declaration = self.facts.declaration(id);
        let actions = allowed(id, self.facts)
            .into_iter()
            .filter(|allowed| self.definition.action(allowed.action).is_some());
        AllowedActions {
            version: declaration.map_or(0, |declaration| declaration.version),
            at: self.facts.at,
            actions: actions
                .map(|allowed| self.action(declaration, allowed))
                .collect(),
        }
    }

    fn action(&self, declaration: Option<&Declaration>, allowed: Allowed) -> AllowedAction {
        let label = self
            .definition
            .action(allowed.action)
            .map(|info| info.label.clone());
        let refusal = allowed.refusal.as_ref().map(|refusal| Titled {
            code: refusal.code.code().to_owned(),
            title: title(refusal.code, Some(self.definition)),
        });
        let warning_title = |code: &str| self.definition.warning_title(code).map(str::to_owned);
        let warnings = allowed.warnings.iter().map(|warning| Titled {
            code: warning.code().to_owned(),
            title: warning_title(warning.code()).unwrap_or_else(|| warning.title().to_owned()),
        });
        AllowedAction {
            action: allowed.action,
            label: label.unwrap_or_default(),
            allowed: allowed.refusal.is_none(),
            warnings: warnings.collect(),
            refusal,
            fields: declaration
                .map(|declaration| self.fields(declaration, &allowed))
                .unwrap_or_default(),
        }
    }

    fn fields(&self, declaration: &Declaration, allowed: &Allowed) -> Vec<DialogField> {
        let Some(step) = allowed.step_type else {
            return Vec::new();
        };
        let fields = self.definition.fields_of(allowed.action, step);
        fields
            .map(|field| self.field(declaration, allowed.action, field))
            .collect()
    }

    fn field(&self, declaration: &Declaration, action: Action, field: &Field) -> DialogField {
        let (options, chosen) = self.options(declaration, field);
        let default = chosen
            .or_else(|| self.default(declaration, action, &field.name))
            .or_else(|| field.default.clone());
        DialogField {
            name: field.name.clone(),
            label: field.label.clone(),
            kind: field.field_type.code(),
            required: field.required,
            max: field.max,
            options,
            default,
        }
    }

    /// 退回到 is the one field whose choices stand in the dialog; units are picked by a query.
    fn options(
        &self,
        declaration: &Declaration,
        field: &Field,
    ) -> (Option<Vec<DialogOption>>, Option<Value>) {
        let (Some(unit), "to") = (self.facts.actor.unit(), field.name.as_str()) else {
            return (None, None);
        };
        let targets = offered(declaration, unit, self.facts);
        let default = targets
            .iter()
            .find(|target| target.default)
            .map(|target| json!(target.to));
        let options = targets.into_iter().map(|target| DialogOption {
            value: target.to,
            label: target.name,
        });
        (Some(options.collect()), default)
    }

    /// The report dialog begins with the unit's contact and the planned publicity, which is the
    /// reported one after a withdrawal (A2); the approval begins with the shortest from today (A74).
    fn default(&self, declaration: &Declaration, action: Action, field: &str) -> Option<Value> {
        let unit = self.facts.actor.unit()?;
        let contact = || self.facts.unit(unit).and_then(Unit::contact);
        let range = |days| serde_json::to_value(PublicityView::from(days)).ok();
        match (action, field) {
            (Action::Report, "responsible_person") => Some(json!(contact()?.person)),
            (Action::Report, "phone") => Some(json!(contact()?.phone)),
            (Action::Report, "publicity") => range(declaration.step_shown_to(unit)?.planned?),
            (Action::ApproveAndPublicize, "publicity") => {
                let days = self.definition.publicity_days;
                range(decide::default_publicity(days, self.facts).ok()?)
            }
            _ => None,
        }
    }
}
