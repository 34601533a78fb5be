// Package defect injects faults into the reference service, for laboratories: Trouble,
// under which the service keeps its promises, and Defects, each of which breaks one
// that an audit must find.
package defect
