package bench

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Point is the cost of sagalab at one size.
type Point struct {
	Requests int `json:"requests"`
	VUs      int `json:"workers"`
	// Varied is "requests" or "VUs".
	Varied string  `json:"grown"`
	Rate   float64 `json:"rate"`
	// CPU is seconds per 100 000 requests, RSSMB the peak of memory: medians.
	CPU    float64 `json:"cpu_s_per_100k"`
	RSSMB  float64 `json:"rss_mb"`
	Opened int64   `json:"opened"`
	// Retried is the most attempts beyond the first ones in a round: with very
	// many connections some fail.
	Retried int `json:"retried"`
}

// growthRounds returns how often a size is run. A million requests are run once: that takes as long as all others together, and has little
// noise.
func growthRounds(requests, rounds int) int {
	if requests >= 1_000_000 {
		return 1
	}
	return rounds
}

// growth measures the cost of sagalab from small to large sizes.
func (b *Bench) growth(ctx context.Context) error {
	var jobs []Point
	for _, n := range b.size.growthRequests {
		jobs = append(jobs, Point{Requests: n, VUs: 50, Varied: "requests"})
	}
	for _, w := range b.size.growthVUs {
		jobs = append(jobs, Point{Requests: b.size.growthFixed, VUs: w, Varied: "VUs"})
	}
	for _, p := range jobs {
		m, err := b.measureGrowth(ctx, p)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil {
			b.fail("growth", fmt.Sprintf("%d requests by %d VUs", p.Requests, p.VUs), err)
			continue
		}
		b.Report.Growth = append(b.Report.Growth, m)
	}
	for _, by := range []string{"requests", "VUs"} {
		t := table{title: "growth of sagalab's own cost by " + by, head: []string{"requests", "VUs", "req/s", "CPU s/100k", "RSS MB", "connections", "retried"}}
		for _, p := range pointsBy(b.Report.Growth, by) {
			t.add(fmt.Sprint(p.Requests), fmt.Sprint(p.VUs), formatRate(p.Rate), formatFigure(p.CPU), formatFigure(p.RSSMB), fmt.Sprint(p.Opened), fmt.Sprint(p.Retried))
		}
		t.print(b.Out)
	}
	return b.drawGrowth()
}

func (b *Bench) measureGrowth(ctx context.Context, p Point) (Point, error) {
	var all []Measurement
	for round := range growthRounds(p.Requests, b.Rounds) {
		fmt.Fprintf(b.Log, "growth, round %d: %d requests by %d VUs\n", round+1, p.Requests, p.VUs)
		m, err := b.measure(ctx, b.sagalab(), job{requests: p.Requests, vus: p.VUs}, Plan{})
		if err != nil {
			return p, err
		}
		if int64(m.Reported.Requests) != m.Server.Requests {
			return p, fmt.Errorf("%d attempts recorded, the server saw %d", m.Reported.Requests, m.Server.Requests)
		}
		all = append(all, m)
		p.Retried = max(p.Retried, m.Reported.Requests-p.Requests)
		p.Opened = max(p.Opened, m.Server.Connections)
	}
	p.Rate, p.CPU = median(all, Measurement.Rate), median(all, Measurement.CPUPer100k)
	p.RSSMB = median(all, func(m Measurement) float64 { return m.RSSMB })
	return p, nil
}

// sagalab returns sagalab among the tools.
func (b *Bench) sagalab() tool {
	for _, t := range b.tools {
		if t.name == Sagalab {
			return t
		}
	}
	return tool{name: Sagalab}
}

func pointsBy(all []Point, what string) []Point {
	var points []Point
	for _, p := range all {
		if p.Varied == what {
			points = append(points, p)
		}
	}
	return points
}

// drawGrowth draws the points as growth.png.
func (b *Bench) drawGrowth() error {
	path := filepath.Join(b.Dir, "growth.png")
	if err := os.MkdirAll(b.Dir, 0o755); err != nil {
		return err
	}
	if err := growthPNG(path, b.Report.Growth); err != nil {
		return fmt.Errorf("drawing %s: %w", path, err)
	}
	fmt.Fprintf(b.Out, "\nfigure: %s\n", path)
	return nil
}

// growthPNG draws CPU and memory over requests and over virtual users, four panels in
// one image.
func growthPNG(path string, all []Point) (err error) {
	panels := [2][2]struct {
		by, y string
		value func(Point) float64
	}{
		{{"requests", "CPU s per 100 000 requests", func(p Point) float64 { return p.CPU }}, {"VUs", "CPU s per 100 000 requests", func(p Point) float64 { return p.CPU }}},
		{{"requests", "peak RSS in MB", func(p Point) float64 { return p.RSSMB }}, {"VUs", "peak RSS in MB", func(p Point) float64 { return p.RSSMB }}},
	}
	rows := make([][]*plot.Plot, len(panels))
	for i, row := range panels {
		for _, panel := range row {
			p, err := growthPlot(pointsBy(all, panel.by), panel.by, panel.y, panel.value)
			if err != nil {
				return err
			}
			rows[i] = append(rows[i], p)
		}
	}
	c := vgimg.NewWith(vgimg.UseWH(10*vg.Inch, 6.5*vg.Inch), vgimg.UseDPI(110))
	tiles := draw.Tiles{Rows: 2, Cols: 2, PadX: 14, PadY: 14, PadTop: 8, PadBottom: 8, PadLeft: 8, PadRight: 14}
	for i, row := range plot.Align(rows, tiles, draw.New(c)) {
		for j, canvas := range row {
			rows[i][j].Draw(canvas)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = vgimg.PngCanvas{Canvas: c}.WriteTo(f)
	return errors.Join(err, f.Close())
}

// growthPlot is one figure over a logarithmic axis, from 0 on the other one, each
// point with its value.
func growthPlot(points []Point, by, y string, value func(Point) float64) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = "sagalab load: " + y + " by " + by
	p.X.Label.Text, p.Y.Label.Text = by, y
	if len(points) > 0 {
		p.X.Label.Text = fmt.Sprintf("requests, by %d VUs", points[0].VUs)
		if by == "VUs" {
			p.X.Label.Text = fmt.Sprintf("VUs, for %d requests", points[0].Requests)
		}
	}
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Y.Min = 0
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{Y: 0xe4}, color.Gray{Y: 0xe4}
	p.Add(grid)
	at := make(plotter.XYs, len(points))
	names := make([]string, len(points))
	top := 1.0
	for i, point := range points {
		at[i].X, at[i].Y = float64(point.Requests), value(point)
		if by == "VUs" {
			at[i].X = float64(point.VUs)
		}
		names[i], top = formatFigure(at[i].Y), max(top, at[i].Y)
	}
	p.X.Min, p.X.Max, p.Y.Max = 1, 10, top*1.15
	if len(points) == 0 {
		return p, nil
	}
	line, dots, err := plotter.NewLinePoints(at)
	if err != nil {
		return nil, err
	}
	line.Color, dots.Color, dots.Shape = color.RGBA{R: 0x1f, G: 0x6f, B: 0xb4, A: 0xff}, color.RGBA{R: 0x1f, G: 0x6f, B: 0xb4, A: 0xff}, draw.CircleGlyph{}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: at, Labels: names})
	if err != nil {
		return nil, err
	}
	for i := range labels.TextStyle {
		labels.TextStyle[i].XAlign = text.XCenter
	}
	labels.Offset = vg.Point{Y: 7}
	p.X.Min, p.X.Max = at[0].X/1.5, at[len(at)-1].X*2
	p.Add(line, dots, labels)
	return p, nil
}
