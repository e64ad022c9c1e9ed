//! What the front page of the OpenSLO reader says, for any value.
#![cfg(feature = "openslo")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    reason = "a test fails by panicking"
)]

use proptest::prelude::*;
use slo_core::compose::Weight;
use slo_core::openslo::{self, Object, Slo};

fn document(objective: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: a}}\nspec:\n  service: web\n  indicatorRef: b\n  \
         budgetingMethod: Occurrences\n  timeWindow: [{{duration: 4w, isRolling: true}}]\n  objectives: [{objective}]\n"
    )
}

fn slo(text: &str) -> Slo {
    match openslo::read(text).unwrap().remove(0) {
        Object::Slo(slo) => slo,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn a_target_is_exact_to_the_last_of_nine_digits(parts in 1_u32..1_000_000_000) {
        let share = slo(&document(&format!("{{target: 0.{parts:09}}}")));
        prop_assert_eq!(share.objectives()[0].objective().parts_per_billion(), parts);
        let (whole, rest) = (parts / 10_000_000, parts % 10_000_000);
        let percent = slo(&document(&format!("{{targetPercent: {whole}.{rest:07}}}")));
        prop_assert_eq!(percent.objectives(), share.objectives());
    }

    #[test]
    fn what_a_document_says_does_not_depend_on_where_it_stands(before in "(# [a-z ]{0,9}\n|\n|---\n){0,5}", parts in 1_u32..1_000_000_000) {
        let text = document(&format!("{{target: 0.{parts:09}}}"));
        prop_assert_eq!(slo(&format!("{before}{text}")), slo(&text));
    }

    #[test]
    fn a_fault_names_its_line_and_column_whatever_stands_before_it(lines in 0_usize..50, spaces in 0_usize..20) {
        let objective = format!("{{{}target: 1.5}}", " ".repeat(spaces));
        let text = format!("{}{}", "# a comment\n".repeat(lines), document(&objective));
        let faults = openslo::read(&text).unwrap_err();
        let found: Vec<_> = faults.iter().map(|fault| (fault.path(), fault.line(), fault.column(), fault.value())).collect();
        prop_assert_eq!(found, [("spec.objectives[0].target", lines + 9, spaces + 25, Some("1.5"))]);
    }
}

#[test]
fn the_reader_takes_the_weights_that_a_composite_takes() {
    for weight in ["1e-1", "0", "-1", "0.0000000001", "20000000000"] {
        let text = document(&format!("{{target: 0.99, compositeWeight: {weight}}}"));
        let faults = openslo::read(&text).unwrap_err().to_string();
        let refused = weight.parse::<Weight>().unwrap_err().to_string();
        assert!(faults.ends_with(&format!("spec.objectives[0].compositeWeight: {refused}")), "{faults}");
    }
    let read = slo(&document("{target: 0.99, compositeWeight: 0.35}"));
    assert_eq!(read.objectives()[0].composite_weight(), Some("0.35".parse().unwrap()));
    assert_eq!(slo(&document("{target: 0.99}")).objectives()[0].composite_weight(), None);
}

#[test]
fn an_slo_with_one_indicator_is_no_composite() {
    let error = slo(&document("{target: 0.99}")).composite("99%".parse().unwrap(), |_| None).unwrap_err();
    assert_eq!(error.to_string(), "malformed composition: SLO `a` has one indicator for all its objectives");
}
