package load

// Leg is the former name of Segment.
//
// Deprecated: use Segment.
type Leg = Segment

// Share is the former name of Partition.
//
// Deprecated: use Partition.
type Share = Partition
