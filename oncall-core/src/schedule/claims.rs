//! Who else claims a seat that somebody has.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use timeline_core::Span;

use super::compiled::Piece;

/// The most people named beside the one who has the seat.
pub(super) const MOST_NAMED: usize = 8;

/// A person who claims a seat that somebody else has.
#[derive(Debug, Clone, Copy)]
struct Claim {
    span: Span,
    claimant: u32,
    /// The swap or override (counted after the swaps) that put the person there.
    change: Option<u32>,
    /// Its place in the order of claims, which its parts share.
    order: usize,
}

/// Two people in one seat, the one who has it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clash {
    pub(super) span: Span,
    pub(super) people: [u32; 2],
    pub(super) change: Option<u32>,
}

/// All claims of one role, in the order in which they came. With who has the seat, those of an instant are a list of
/// people: a person counts where the first claim of that person stands, and not again while having the seat.
#[derive(Debug, Default)]
pub(super) struct Claims {
    all: Vec<Claim>,
    next: usize,
}

impl Claims {
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// One more, after the others.
    pub(super) fn add(&mut self, span: Span, claimant: u32, change: Option<u32>) {
        self.all.push(Claim { span, claimant, change, order: self.next });
        self.next = self.next.saturating_add(1);
    }

    /// Drops those that `which` names inside `span`; whether there were any.
    pub(super) fn drop_inside(&mut self, span: Span, which: impl Fn(u32) -> bool) -> bool {
        self.cut_out(span, which, |_| None)
    }

    /// Gives those of `from` inside `span` to `to`; whether there were any.
    pub(super) fn rename_inside(&mut self, span: Span, from: u32, to: u32, change: u32) -> bool {
        self.cut_out(
            span,
            |person| person == from,
            |inside| Some(Claim { claimant: to, change: Some(change), ..inside }),
        )
    }

    fn cut_out(&mut self, span: Span, which: impl Fn(u32) -> bool, becomes: impl Fn(Claim) -> Option<Claim>) -> bool {
        let mut parts = Vec::new();
        let before = self.all.len();
        self.all.retain(|claim| {
            let Some(inside) = claim.span.intersect(span).filter(|_| which(claim.claimant)) else { return true };
            for (start, end) in [(claim.span.start(), inside.start()), (inside.end(), claim.span.end())] {
                parts.extend(Span::new(start, end).ok().map(|span| Claim { span, ..*claim }));
            }
            parts.extend(becomes(Claim { span: inside, ..*claim }));
            false
        });
        let found = self.all.len() < before;
        self.all.append(&mut parts);
        found
    }

    /// Where they begin and end.
    pub(super) fn bounds(&self) -> impl Iterator<Item = DateTime<Utc>> {
        self.all.iter().flat_map(|claim| [claim.span.start(), claim.span.end()])
    }

    /// Those that reach into `span`, in order, cut to it: when, and who.
    pub(super) fn inside(&self, span: Span) -> Vec<(Span, u32)> {
        let mut inside: Vec<_> = self
            .all
            .iter()
            .filter_map(|claim| Some((claim.order, claim.span.intersect(span)?, claim.claimant)))
            .collect();
        inside.sort_unstable();
        inside.into_iter().map(|(_, span, claimant)| (span, claimant)).collect()
    }

    /// Those against who has the seat in the end, the first [`MOST_NAMED`] at each instant, and where there are more.
    /// Goes from bound to bound, so that the clashes are as many as the bounds of claims and pieces, times a constant.
    pub(super) fn clashes(mut self, pieces: &[Piece]) -> (Vec<Clash>, Vec<Span>) {
        let (mut clashes, mut crowds): (Vec<Clash>, Vec<Span>) = (Vec::new(), Vec::new());
        let all = core::mem::take(&mut self.all);
        // Of one instant the ends come before the begins.
        let bounds = all.iter().enumerate();
        let bounds =
            bounds.flat_map(|(place, claim)| [(claim.span.start(), true, place), (claim.span.end(), false, place)]);
        let mut bounds: Vec<_> = bounds.collect();
        bounds.sort_unstable();
        let mut standing = Standing::default();
        let mut from = pieces;
        let mut bounds = bounds.into_iter().peekable();
        while let Some((at, begins, place)) = bounds.next() {
            let Some(claim) = all.get(place) else { continue };
            standing.change(claim.claimant, (claim.order, place), begins);
            let Some(stretch) = bounds.peek().and_then(|(next, ..)| Span::new(at, *next).ok()) else { continue };
            if standing.first.is_empty() {
                continue;
            }
            from = from.get(from.partition_point(|piece| piece.span.end() <= at)..).unwrap_or_default();
            for (span, duty) in from.iter().map_while(|piece| Some((piece.span.intersect(stretch)?, piece.value))) {
                let Some(sitting) = duty.person else { continue };
                let mut others = standing.first.iter().filter(|(_, claimant)| *claimant != sitting);
                for ((_, place), claimant) in others.by_ref().take(MOST_NAMED) {
                    let change = all.get(*place).and_then(|claim| claim.change);
                    clashes.push(Clash { span, people: [sitting, *claimant], change });
                }
                if others.next().is_some() {
                    match crowds.last_mut() {
                        Some(last) if last.touches(span) => *last = last.hull(span),
                        _ => crowds.push(span),
                    }
                }
            }
        }
        clashes.sort_unstable_by_key(|clash| (clash.people, clash.change, clash.span));
        clashes.dedup_by(|next, last| {
            let same = (next.people, next.change) == (last.people, last.change) && last.span.touches(next.span);
            if same {
                last.span = last.span.hull(next.span);
            }
            same
        });
        (clashes, crowds)
    }
}

/// The claims of an instant.
#[derive(Default)]
struct Standing {
    /// Those of each person, by order and place.
    of: BTreeMap<u32, BTreeSet<(usize, usize)>>,
    /// The first of each person.
    first: BTreeSet<((usize, usize), u32)>,
}

impl Standing {
    fn change(&mut self, claimant: u32, claim: (usize, usize), begins: bool) {
        let theirs = self.of.entry(claimant).or_default();
        if let Some(first) = theirs.first() {
            self.first.remove(&(*first, claimant));
        }
        if begins {
            theirs.insert(claim);
        } else {
            theirs.remove(&claim);
        }
        match theirs.first() {
            Some(first) => _ = self.first.insert((*first, claimant)),
            None => _ = self.of.remove(&claimant),
        }
    }
}
