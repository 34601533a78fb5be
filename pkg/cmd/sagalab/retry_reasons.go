package main

import "sagalab/pkg/runs"

// retryReasons returns why attempts of a stage of a run were retried.
func retryReasons(run runs.Run, of runs.Summary) (reasons []runs.RetryReason, err error) {
	if of.Retries == 0 {
		return nil, nil
	}
	defer runs.CatchDamage(&err)
	stages, err := run.OpenStages(of.Stage)
	if err != nil || len(stages) == 0 {
		return nil, err
	}
	return runs.RetryReasons(stages[0]), nil
}
