use sea_query::{Expr, ExprTrait, Func, LikeExpr};

/// Whether a text column has a part, whatever the case of the letters A to Z: the one rule for
/// parts of texts, the same on every engine.
pub fn contains(column: &'static str, part: &str) -> Expr {
    let escaped = part
        .to_ascii_lowercase()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    Expr::expr(Func::lower(Expr::col(column)))
        .like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
}
