((settings) => {
	// The kernel's way back may take a moment longer than this display. In a saved
	// notebook it never comes, and the text stays.
	let patience = 50;
	const wait = setInterval(() => {
		const root = document.getElementById(settings.ID);
		if (!root || --patience < 0) return clearInterval(wait);
		if (!globalThis.gonb_comm) return;
		clearInterval(wait);
		build(root);
	}, 100);

	const send = (words) => globalThis.gonb_comm?.send(settings.Address, settings.Number + ' ' + words);

	const add = (parent, tag, properties, style) => {
		const e = parent.appendChild(Object.assign(document.createElement(tag), properties));
		e.style.cssText = style ?? '';
		return e;
	};

	function build(root) {
		const ink = 'var(--jp-ui-font-color1, currentColor)', edge = 'var(--jp-border-color1, #888)', brand = 'var(--jp-brand-color1, #1976d2)';
		root.textContent = '';
		root.setAttribute('data-lm-suppress-shortcuts', 'true'); // arrow keys move sliders, not the choice of a cell
		root.style.cssText = `box-sizing:border-box; max-width:560px; padding:10px 14px; border:1px solid ${edge}; border-radius:4px; color:${ink}; font-family:var(--jp-ui-font-family, sans-serif); font-size:13px`;
		const grid = add(root, 'div', {}, 'display:grid; grid-template-columns:auto 1fr auto; gap:6px 14px; align-items:center');
		const numbers = settings.Sliders.map((s, i) => row(grid, s, `${settings.ID}-${i}`, edge, brand));
		const foot = add(root, 'div', {}, 'display:flex; gap:8px; align-items:center; margin-top:10px');
		const button = 'padding:4px 16px; border-radius:3px; font:inherit; cursor:pointer; ';
		const run = add(foot, 'button', {type: 'button', textContent: 'Run'}, button + `border:1px solid ${brand}; background:${brand}; color:var(--jp-ui-inverse-font-color0, #fff); font-weight:600`);
		const done = add(foot, 'button', {type: 'button', textContent: 'Done'}, button + `border:1px solid ${edge}; background:transparent; color:${ink}`);
		add(foot, 'span', {textContent: settings.Note}, 'opacity:.75; margin-left:6px');
		const once = (words) => {
			run.disabled = done.disabled = true;
			send(words);
		};
		run.addEventListener('click', () => once('run ' + numbers.map((n) => n.value).join(' ')));
		done.addEventListener('click', () => once('done'));
		let told = 0;
		root.addEventListener('input', () => {
			if (Date.now() - told < 1000) return;
			told = Date.now();
			send('moved');
		});
		send('ready');
	}

	// row is a label, a slider and a number that follow one another.
	function row(grid, s, id, edge, brand) {
		add(grid, 'label', {textContent: s.Name, htmlFor: id});
		const limits = {min: s.Min, max: s.Max, step: 1};
		const slider = add(grid, 'input', {type: 'range', id, ...limits, value: s.Value}, `width:100%; margin:0; accent-color:${brand}`);
		const number = add(grid, 'input', {type: 'number', ariaLabel: s.Name, ...limits, value: s.Value},
			`width:6em; padding:2px 4px; font:inherit; text-align:right; color:inherit; background:var(--jp-layout-color1, transparent); border:1px solid ${edge}; border-radius:3px`);
		slider.addEventListener('input', () => { number.value = slider.value; });
		slider.addEventListener('keydown', (e) => { // JupyterLab prevents the browser's own answer
			const steps = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[e.key];
			if (!steps || e.altKey || e.ctrlKey || e.metaKey) return;
			e.preventDefault();
			slider.valueAsNumber += steps;
			slider.dispatchEvent(new Event('input', {bubbles: true}));
		});
		number.addEventListener('input', () => { if (number.value !== '') slider.value = number.value; });
		number.addEventListener('change', () => { number.value = slider.value; }); // whole, and within the limits
		return slider;
	}
})(SETTINGS);
