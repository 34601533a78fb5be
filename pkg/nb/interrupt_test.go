package nb

import "os"

// interruptSelf sends this process an interrupt; Windows has none to send.
func interruptSelf() {
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Signal(os.Interrupt)
	}
	if err != nil {
		panic(err)
	}
}
