//! Whatever the text, reading it ends in objects or in faults that stand in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slo_core::openslo::{self, Bundle, Faults, Object};

fuzz_target!(|text: &str| {
    match openslo::read_from("fuzz.yaml", text) {
        Ok(objects) => {
            assert!(!objects.is_empty());
            for object in &objects {
                look_at(object);
            }
            match Bundle::from_objects(objects) {
                Ok(bundle) => {
                    for slo in bundle.slos() {
                        assert!(bundle.service(slo.service().name()).is_some());
                        for objective in slo.objectives() {
                            assert!(bundle.indicator(slo, objective).is_some(), "an indicator that was checked");
                        }
                    }
                }
                Err(faults) => are_within(&faults, text),
            }
        }
        Err(faults) => are_within(&faults, text),
    }
});

fn look_at(object: &Object) {
    assert!(!object.name().is_empty() && object.name().len() <= 63);
    if let Object::Slo(slo) = object {
        assert!(!slo.objectives().is_empty());
        assert!(slo.window().nominal().num_seconds() > 0);
        for objective in slo.objectives() {
            assert_eq!(slo.is_composite(), objective.indicator().is_some());
            let weight = objective.composite_weight().unwrap_or_default();
            assert_eq!(weight.to_string().parse(), Ok(weight));
        }
    }
    if let Object::AlertCondition(condition) = object {
        assert!(condition.threshold().value() >= 0.0 && condition.threshold().value().is_finite());
    }
}

fn are_within(faults: &Faults, text: &str) {
    assert!(faults.iter().len() > 0 && !faults.to_string().is_empty());
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").split('\n').count();
    let mut last = 0;
    for fault in faults {
        assert_eq!(fault.source(), Some("fuzz.yaml"));
        assert!((1..=lines).contains(&fault.line()), "line {} of {lines}: {fault}", fault.line());
        assert!(fault.line() >= last, "out of order: {fault}");
        assert!(fault.column() >= 1 && fault.document() >= 1);
        last = fault.line();
    }
}
