//! Which rules count a seat of a worker, and how many of their seats he has.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "INVARIANT: seats, workers and groups are those of the model"
)]

use super::model::{Group, narrow};
use super::problem::Who;

/// Groups by seat: those of everybody, and those of one worker under that worker. Of thousands of people each has rules of
/// his own, and a step is about one of them.
#[derive(Debug, Clone)]
pub(super) struct BySeat {
    everyone: Vec<Vec<u32>>,
    /// By worker: seat and group, in order.
    own: Vec<Vec<(u32, u32)>>,
    /// By group: where its counts begin, and how far apart those of two workers are.
    cells: Vec<(usize, usize)>,
    length: usize,
}

impl BySeat {
    pub(super) fn of(groups: &[Group], seats: usize, workers: usize) -> Self {
        let (mut everyone, mut own) = (vec![Vec::new(); seats], vec![Vec::new(); workers]);
        let (mut cells, mut length) = (Vec::with_capacity(groups.len()), 0);
        for (index, group) in groups.iter().enumerate() {
            for seat in &group.seats {
                match group.who {
                    Who::Everyone => everyone[*seat as usize].push(narrow(index)),
                    Who::Only(worker) => own[worker].push((*seat, narrow(index))),
                }
            }
            let (count, apart) = if group.who == Who::Everyone { (workers, 1) } else { (1, 0) };
            cells.push((length, apart));
            length += count;
        }
        own.iter_mut().for_each(|own| own.sort_unstable());
        Self { everyone, own, cells, length }
    }

    /// The groups that count the seat and bind the worker, in no order.
    pub(super) fn binding(&self, seat: usize, worker: usize) -> impl Iterator<Item = usize> {
        let own = &self.own[worker];
        let first = own.partition_point(|(other, _)| (*other as usize) < seat);
        let own = own[first..].iter().take_while(move |(other, _)| *other as usize == seat);
        self.everyone[seat].iter().chain(own.map(|(_, group)| group)).map(|group| *group as usize)
    }

    /// How many counts there are.
    pub(super) const fn counts(&self) -> usize {
        self.length
    }

    /// Where it is counted how many seats of a group a worker has whom it binds.
    pub(super) fn count(&self, group: usize, worker: usize) -> usize {
        let (first, apart) = self.cells[group];
        first + worker * apart
    }
}
