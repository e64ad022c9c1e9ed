//! Any JSON is read as a schedule or refused; what is read is written and read again as an equal value, and compiles to
//! an answer that the explanation of each instant agrees with, or to an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oncall_core::schedule::{Compiled, DoubleBooking, Schedule};
use oncall_core::{Role, Span};

fuzz_target!(|text: &str| {
    let Ok(schedule) = serde_json::from_str::<Schedule>(text) else { return };
    let written = serde_json::to_string(&schedule).expect("a schedule that was read can be written");
    assert_eq!(serde_json::from_str::<Schedule>(&written).expect("what was written can be read"), schedule);

    let span = |start: &str, end: &str| {
        Span::new(start.parse().expect("an instant"), end.parse().expect("an instant")).expect("a span")
    };
    // The clocks of Europe and of America change in it.
    let within = span("2026-10-19T00:00:00Z", "2026-11-09T00:00:00Z");
    let part = span("2026-10-24T23:30:00Z", "2026-11-01T06:15:00Z");
    match (schedule.compile(part), schedule.compile(within)) {
        (Ok(part), Ok(whole)) => {
            held(&schedule, &whole);
            agree(&part, &whole);
        }
        // Too many shifts for the whole may be few enough for the part, and an override that the part cuts is not judged.
        (_, Err(fault)) => drop(fault.to_string()),
        (Err(fault), Ok(_)) => panic!("refused in a part of what compiles: {fault}"),
    }
});

fn held(schedule: &Schedule, compiled: &Compiled) {
    let within = compiled.within();
    let coverage = compiled.coverage(within).expect("the whole is inside");
    let _ = coverage.to_string();
    for role in schedule.roles().filter(|role| role.is_duty()) {
        let served = compiled.shifts(within).expect("the whole is inside").filter(|shift| shift.role == role);
        let gaps = coverage.gaps.iter().filter(|gap| gap.role == role).map(|gap| gap.span);
        let total = served.map(|shift| shift.span).chain(gaps).map(|span| span.length().num_seconds());
        // Parts of seconds may be lost, one at each end of a span.
        let most = compiled.shifts(within).expect("the whole is inside").count() + coverage.gaps.len();
        let lost = within.length().num_seconds() - total.sum::<i64>();
        assert!((0..=i64::try_from(most).expect("few")).contains(&lost), "{lost} s of {role} are lost");
    }
    for shift in compiled.shifts(within).expect("the whole is inside").take(500) {
        for at in [shift.span.start(), shift.span.end()].into_iter().filter(|at| within.contains(*at)) {
            for role in Role::ALL {
                let why = schedule.why(at, role).expect("no end of time");
                assert_eq!(compiled.who(at, role).expect("inside"), why.person.as_ref(), "{why}");
                // Of more than nine who claim the seat the first nine are told.
                let told = coverage.double_bookings.iter().filter(|booking| {
                    matches!(booking, DoubleBooking::OneSeat { role: of, span, .. } if *of == role && span.contains(at))
                });
                assert_eq!(told.count(), why.others.len().min(8), "{why}");
                let _ = compiled.next_change(at, role).expect("inside");
            }
        }
    }
}

fn agree(part: &Compiled, whole: &Compiled) {
    let span = part.within();
    assert!(part.shifts(span).expect("inside").eq(whole.shifts(span).expect("inside")));
    assert_eq!(part.coverage(span), whole.coverage(span));
}
