//! Pages that go from step to step until somebody answers.
