"""A contract that says every key there is, once."""

TEXT = """\
dataset: quotes
first_day: 2024-01-01
source: {folder: captures, made_by: as_received, version: 2}
columns:
  id: {type: int64, unit: id, nullable: false}
  kind: {type: int8, unit: code}
  side: {type: int8, unit: code}
  price: {type: int64, unit: ticks, nullable: true}
  size: {type: int64, unit: lots}
  bid: {type: int64, unit: ticks}
  ask: {type: int64, unit: ticks}
  bid_lots: {type: int64, unit: lots}
  ask_lots: {type: int64, unit: lots}
  time: {type: int64, unit: ns}
rows:
  deltas: [{column: kind, is: [2]}, {column: side, has: 1}, {column: side, has_not: 2}]
  large: [{column: size, above: 3}, {column: size, below: 9}, {column: bid, same_as: price}]
families: {invariants: gate, sequence: gate, paired: gate, unpaired: gate}
locator: id
calendar: {days: weekdays, holidays: [2024-12-25]}
freshness: {hours: 6}
breaker: {failures: 3}
runs:
  partitions: 20
  at_once: 5
  tenants: {desk_a: ["sim-*"], desk_b: ["binance-*"]}
  overload: {waiting: 20, budget: "30s, 500MB"}
invariants:
  - {name: uncrossed, left: bid, op: "<", right: ask, rows: deltas, allowance: 0, severity: gate}
ordering:
  - {column: time, order: not_falling, rows: deltas, allowance: 0, severity: warn}
book:
  kind: kind
  side: side
  price: price
  size: size
  best_bid: bid
  bid_size: bid_lots
  best_ask: ask
  ask_size: ask_lots
  allowance: 0
  severity: gate
episodes:
  episode: id
  step: kind
  observation: [bid]
  next_observation: [ask]
  action: side
  reward: price
  payoffs: [size]
  terminated: kind
  truncated: side
  seen: [bid_lots]
copies:
  columns: [kind]
  changes: [price]
  rows: large
  width: 6
  size: 64
  allowance: "0.01"
  severity: warn
sequence: {kind: kind, previous: id, id: id, gaps: 0, overlaps: 0, trade_gaps: 0, trade_repeats: 0}
paired:
  rows: deltas
  id: id
  fields: [bid, bid_lots, ask, ask_lots]
  min_compared: 10
  min_coverage: "0.9"
  rebuild_suspect: "0"
  golden_suspect: "0.01"
  each: quote
  trades:
    rows: large
    id: id
    fields: [price, size, side, time]
    min_compared: 5
    min_coverage: "0.5"
    differing: "0"
    rebuild_suspect: "0"
    golden_suspect: "0.01"
unpaired:
  alpha: "0.05"
  strata: weekday
  worst_chunk: warn
  blocks: {time: time, width_ns: 1000, cuts: 16}
  distances:
    - name: a
      kind: ks
      column: price
      rows: large
      of: change
      over: 2
      cells: 64
      tolerance: "0.1"
      min_rows: 50
      severity: warn
    - {name: b, kind: acf, column: price, of: value, lags: 3}
    - {name: c, kind: variance_ratio, column: price, steps: 4}
    - {name: d, kind: atom, column: size, of: last_digits, digits: 2}
    - {name: e, kind: psi, column: size, bins: 10, floor: "0.001"}
    - {name: f, kind: quantile_shift, column: size, quantile: "0.9"}
    - {name: g, kind: coverage, column: side, min_count: 5}
"""
