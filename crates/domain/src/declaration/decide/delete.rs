//! 删除: only a draft that was never submitted (A44). The engine destroys the stream's key in the
//! same transaction, so that nothing personal of it can be read again.

use super::Permit;
use crate::decision::Decision;
use crate::declaration::events::DraftDeleted;

pub fn decide(permit: &Permit<'_>) -> Decision {
    Decision::on(permit.declaration.stream(), vec![DraftDeleted {}.into()])
}
