/// A database that can hold read models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file per generation.
    Sqlite,
    /// A schema per generation.
    Postgres,
}

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
}
