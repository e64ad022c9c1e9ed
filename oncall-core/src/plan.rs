//! From people, seats, rules and accounts to the fairest plan, with its proof.
