//! A series over time: is it rising or falling, how fast, and when did it change?
