package japanese_test

import (
	"fmt"

	"sagalab/pkg/figure"
	"sagalab/pkg/figure/japanese"
	"sagalab/pkg/runs"
)

// A notebook declares it in its set-up cell: var _ = japanese.Labels().
func ExampleLabels() {
	_ = japanese.Labels()

	stage := runs.Stage{Info: runs.Info{Stage: "light"}, Operations: make([]runs.Operation, 50)}
	p, err := figure.SuccessFailure([]runs.Stage{stage})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	_, err = figure.SuccessFailure(nil)
	fmt.Println(err)
	// Output:
	// ステージ別の成功と失敗
	// ステージ別の成功と失敗: 記録されたステージがまだありません。ステージのセルを実行してください
}
