package loadnotebooks

import (
	"os"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }
