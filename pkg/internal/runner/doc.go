// Package runner runs stages of purchases and records them: the arrivals of a
// schedule become purchases, their attempts become rows of a run on disk. Cells of
// a notebook, the command line and the workers of a fleet all use it.
//
// # The way of one purchase
//
// From its place in the schedule of an open stage to its row on disk, a purchase
// passes these functions, in this order. Each is called by one before it in the
// list, or passed on by one as a value:
//
//   - [Load.Run] validates the load, once
//   - [Load.validate] makes a load.Workload of its stage
//   - [load.NewWorkload] checks the stage, and the partition of it
//   - [validLoad.send] makes a Sender, begins a recording, and runs the one into the other
//   - [Sender.Run] passes Sender.purchase and Sender.recordBatch to package load
//   - [load.RunWorkload] starts the virtual users, and the collector of their samples
//   - [load.execution.runOpen] walks through the schedule
//   - [load.Stage.Schedule] says when each operation arrives
//   - [load.userPool.dispatch] gives the arrival to a virtual user, or drops it
//   - [load.execution.serve] runs the task, Sender.purchase, and times it
//   - [Sender.purchase] asks for what is bought
//   - [drawnPurchases.request] draws it, or copies the order, and puts it under a key
//   - [idempotencyKey] makes the key, from the seed and the time
//   - [purchase.Client.Purchase] sends it
//   - [retry.Client.Do] makes its attempts, by the policy; the comment of
//     operationContext, in the file of that name, tells how resty, the transport that
//     records attempts and the function that decides on a retry share one value
//   - [retry.operationContext.ended] tells how an attempt ended
//   - [purchase.exchange.Ended] says whether to ask again; its method Request has asked the
//     adapter what to send
//   - [purchase.Client.read] asks the adapter, such as Contract, what the answer means
//   - [purchase.resultOf] says what became of the purchase
//   - [load.sampleBuffers.add] keeps the sample until the collector takes it
//   - [load.collector.collect] takes the samples of all users, every 100 ms
//   - [Sender.recordBatch] makes records of samples, and passes them to what Sender.Run
//     was given: recording.record
//   - [recordOf] makes one: an operation's row and its attempts' rows
//   - [recording.record] stores the batch, then counts it and judges thresholds
//   - [runs.Writer.Append] writes it to the journal at once, and to the tables in blocks
//
// When the stage has ended, validLoad.send finishes the recording, and runs.Writer.Finish
// completes the tables.
//
// In a closed model load.execution.runIterations or runRamp take the place of the
// schedule and the dispatch, and call serve, too. A trial with faults makes a
// faultChain before the Sender, which then sends to it instead of the service, with a
// mark on each attempt (fault.AttemptMark).
//
// A purchase that takes steps, is polled, or whose user logs in first branches off in
// purchase.Client.Purchase: its method run keeps it as a flow (flow.go), which sends each step
// by retry.Client.Do and joins the way there, and logs in and polls by retry.Client.Send.
// flow.result then says by resultOf what became of it. What it has done so far is recorded
// while it waits, by Sender.attemptEnded and waiting.
//
// A test checks that the functions exist, that each is reached from those
// before it, and that no file is entered twice.
//
// A stage that a fleet sends enters at [recording.record], through a RecordSource.
// The functions up to Sender.recordBatch then run in the fleet's workers.
package runner
