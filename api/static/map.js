/* Draws the layers that a page holds as JSON, and joins the map with the panel beside it.
   Texts of features reach the page as text nodes only: nothing in them is ever read as HTML. */
(function () {
  'use strict';

  const STEPS_PER_DEGREE = 1e6;
  const NARROW = window.matchMedia('(max-width: 760px)');
  const drawn = [];

  function readJson(id) {
    return JSON.parse(document.getElementById(id).textContent);
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* ------------------------------------------------------------ geometry */

  function decodeRing(steps) {
    const points = new Array(steps.length / 2);
    let x = 0;
    let y = 0;
    for (let i = 0; i < points.length; i += 1) {
      x += steps[2 * i];
      y += steps[2 * i + 1];
      points[i] = [y / STEPS_PER_DEGREE, x / STEPS_PER_DEGREE];
    }
    return points;
  }

  function shapesOf(family, parts, style) {
    const rings = parts.map((part) => part.map(decodeRing));
    if (family === 'area') return [L.polygon(rings, style)];
    if (family === 'line') return [L.polyline(rings.map((part) => part[0]), style)];
    return rings.map((part) => L.circleMarker(part[0][0], style));
  }

  /* ------------------------------------------------------------ what a feature says */

  function cell(column, row) {
    const at = column.at[row];
    return at < 0 ? null : column.texts[at];
  }

  function describe(data, row, most) {
    const box = element('div', 'gg-tip');
    const title = data.heading && cell(data.heading, row);
    box.appendChild(element('div', 'gg-tip-title', title || data.title));
    if (title) box.appendChild(element('div', 'gg-tip-kind', data.title));
    const list = element('dl');
    let shown = 0;
    for (const field of data.fields) {
      const text = cell(field.values, row);
      if (text === null || shown === most) continue;
      list.appendChild(element('dt', '', field.title));
      list.appendChild(element('dd', '', text));
      shown += 1;
    }
    if (shown) box.appendChild(list);
    return box;
  }

  /* ------------------------------------------------------------ layers */

  function pathStyle(style, renderer, interactive) {
    return {
      renderer, interactive,
      fill: style.fill !== null, fillColor: style.fill || undefined, fillOpacity: style.fillOpacity,
      stroke: style.weight > 0, color: style.stroke, weight: style.weight,
      dashArray: style.dash || null, radius: style.radius, bubblingMouseEvents: false,
    };
  }

  function addFeatures(group, data, family, renderer) {
    const styles = data.styles.map((style) => pathStyle(style, renderer, data.interactive));
    const styleOf = (n) => (data.styleAt ? data.styleAt[family.rows[n]] : 0);
    // Later looks lie above earlier ones: what is uncovered above what is covered.
    const order = family.rows.map((_, n) => n).sort((a, b) => styleOf(a) - styleOf(b) || a - b);
    order.forEach((n) => {
      const row = family.rows[n];
      const style = { ...styles[styleOf(n)] };
      if (family.shape === 'line') style.fill = false;
      if (family.asPoints) style.stroke = false;
      for (const shape of shapesOf(family.shape, family.parts[n], style)) {
        shape.ggRow = row;
        if (family.asPoints) group.ggScaled.push(shape);
        group.addLayer(shape);
        group.ggFeatures[row] = shape;
      }
    });
  }

  function sayOnHover(group, data) {
    group.bindTooltip((shape) => describe(data, shape.ggRow, data.brief), {
      sticky: true, className: 'gg-tooltip', opacity: 1,
    });
    if (data.fields.length > data.brief) {
      group.bindPopup((shape) => describe(data, shape.ggRow, Infinity), {
        className: 'gg-popup', maxHeight: 320, maxWidth: 320,
      });
    }
  }

  function layer(map, id) {
    const data = readJson(id);
    const group = L.featureGroup();
    group.ggFeatures = {};
    group.ggScaled = [];
    group.ggName = data.name;
    group.ggTier = data.tier;
    group.ggData = data;
    if (!(data.name in map.ggShown)) map.ggShown[data.name] = data.visible;
    for (const family of data.sameAs ? readJson(data.sameAs).families : data.families) addFeatures(group, data, family, map.ggRenderer);
    if (data.interactive) sayOnHover(group, data);
    map.ggLayers.push(group);
    return group;
  }

  function isOfTier(map, thing) {
    return !thing || thing === map.ggTier;
  }

  /* Show what is switched on and belongs to the chosen tier. Layers keep the order in which they
     were declared, however often they are switched. */
  function showLayers(map) {
    for (const group of map.ggLayers) {
      if (map.ggShown[group.ggName] && isOfTier(map, group.ggTier)) group.addTo(map).bringToFront();
      else group.remove();
    }
  }

  /* Points that stand for shapes grow and shrink with the map, as the shapes would. */
  function scalePoints(map) {
    const scale = Math.min(1.4, Math.max(0.3, 2 ** ((map.getZoom() - 16) / 2)));
    for (const group of map.ggLayers) {
      for (const shape of group.ggScaled) {
        shape.ggRadius = shape.ggRadius || shape.getRadius();
        shape.setRadius(shape.ggRadius * scale);
      }
    }
  }

  function find(map, name) {
    return map.ggLayers.find((group) => group.ggName === name && isOfTier(map, group.ggTier));
  }

  /* ------------------------------------------------------------ labels */

  function overlaps(one, others) {
    return others.some((other) => one.left < other.right && other.left < one.right
      && one.top < other.bottom && other.top < one.bottom);
  }

  /* What a label names must be larger on the screen than the label, or it covers what it names. */
  function hasRoom(map, label, box) {
    if (!label.size) return true;
    const [lat, lng] = label.at;
    const one = map.latLngToLayerPoint([lat, lng]);
    const other = map.latLngToLayerPoint([lat + label.size[0], lng + label.size[1]]);
    return Math.abs(one.y - other.y) > box.height * 2.2 && Math.abs(one.x - other.x) > box.width * 1.4;
  }

  function placeLabels(map, markers) {
    const taken = [];
    for (const marker of markers) {
      const icon = marker.getElement();
      icon.hidden = !isOfTier(map, marker.ggLabel.tier);
      const box = icon.firstChild.getBoundingClientRect();
      icon.hidden = icon.hidden || !hasRoom(map, marker.ggLabel, box) || overlaps(box, taken);
      if (!icon.hidden) taken.push(box);
    }
  }

  function addLabels(map, labels) {
    const markers = labels.map((label) => {
      const html = element('span', label.badge ? 'gg-label-text gg-rank' : 'gg-label-text', label.text);
      if (label.detail) html.appendChild(element('small', '', label.detail));
      const icon = L.divIcon({ className: 'gg-label', html, iconSize: [0, 0] });
      const marker = L.marker(label.at, { icon, interactive: false, keyboard: false, pane: 'gg-labels' });
      marker.ggLabel = label;
      return marker.addTo(map);
    });
    map.on('zoomend resize ggtier', () => placeLabels(map, markers));
    map.whenReady(() => requestAnimationFrame(() => placeLabels(map, markers)));
  }

  /* ------------------------------------------------------------ panel */

  function joinToggles(map, panel) {
    for (const box of panel.querySelectorAll('[data-gg-toggle]')) {
      box.addEventListener('change', () => {
        map.ggShown[box.dataset.ggToggle] = box.checked;
        showLayers(map);
      });
    }
  }

  function joinFocus(map, panel) {
    for (const button of panel.querySelectorAll('[data-gg-focus]')) {
      button.addEventListener('click', () => {
        const group = find(map, button.dataset.ggFocus);
        const shape = group.ggFeatures[button.dataset.ggRow];
        if (!shape) return;
        map.ggShown[group.ggName] = true;
        showLayers(map);
        for (const other of panel.querySelectorAll('[aria-current]')) other.removeAttribute('aria-current');
        button.setAttribute('aria-current', 'true');
        if (shape.getBounds) map.fitBounds(shape.getBounds(), { maxZoom: 16, padding: [60, 60], animate: false });
        else map.setView(shape.getLatLng(), 16, { animate: false });
        const at = shape.getBounds ? shape.getBounds().getCenter() : shape.getLatLng();
        const told = describe(group.ggData, shape.ggRow, Infinity);
        L.popup({ className: 'gg-popup', maxWidth: 320 }).setLatLng(at).setContent(told).openOn(map);
      });
    }
  }

  /* The panel holds the words of every tier; those of the chosen one show. */
  function chooseTier(map, panel, tier) {
    map.ggTier = tier;
    for (const part of panel.querySelectorAll('[data-gg-tier]')) part.hidden = part.dataset.ggTier !== tier;
    for (const button of panel.querySelectorAll('[data-gg-choose]')) {
      button.setAttribute('aria-pressed', String(button.dataset.ggChoose === tier));
    }
    for (const field of panel.querySelectorAll('input[name="tier"]')) field.value = tier;
    for (const group of map.ggLayers) group.closeTooltip();
    showLayers(map);
    map.fire('ggtier');
  }

  function joinTiers(map, panel) {
    for (const button of panel.querySelectorAll('[data-gg-choose]')) {
      button.addEventListener('click', () => {
        chooseTier(map, panel, button.dataset.ggChoose);
        if (!window.location.protocol.startsWith('http')) return;
        const address = new URL(window.location.href);
        address.searchParams.set('tier', button.dataset.ggChoose);
        window.history.replaceState(null, '', address);
      });
    }
    if (map.ggTier) chooseTier(map, panel, map.ggTier);
  }

  function joinPanel(map) {
    const panel = document.querySelector('.gg-panel');
    if (!panel) return;
    if (NARROW.matches) panel.removeAttribute('open');
    joinTiers(map, panel);
    joinToggles(map, panel);
    joinFocus(map, panel);
    for (const form of panel.querySelectorAll('form[data-gg-auto]')) {
      form.addEventListener('change', () => form.requestSubmit());
    }
  }

  /* ------------------------------------------------------------ the map itself */

  function addNorth(map, title) {
    const north = L.control({ position: 'topright' });
    north.onAdd = () => {
      const box = element('div', 'gg-north');
      box.title = title;
      box.appendChild(element('span', '', title));
      return box;
    };
    north.addTo(map);
  }

  function fit(map) {
    if (map.ggBounds) map.fitBounds(map.ggBounds, { padding: [18, 18], animate: false });
  }

  function begin(map, setupId) {
    const setup = readJson(setupId);
    map.ggLayers = [];
    map.ggShown = {};
    map.ggTier = setup.tier;
    map.ggBounds = setup.bounds;
    map.ggSetup = setup;
    map.ggRenderer = L.canvas({ padding: 0.4, tolerance: 3 });
    map.createPane('gg-labels').style.zIndex = 620;
    map.getPane('gg-labels').style.pointerEvents = 'none';
    if (map.attributionControl) map.attributionControl.setPrefix(false);
    fit(map);
    drawn.push(map);
  }

  function finish(map) {
    const setup = map.ggSetup;
    addNorth(map, setup.north);
    L.control.scale({ imperial: false, maxWidth: 160, position: 'bottomleft' }).addTo(map);
    if (setup.labels.length) addLabels(map, setup.labels);
    scalePoints(map);
    map.on('zoomend', () => scalePoints(map));
    showLayers(map);
    joinPanel(map);
    let pristine = true;
    map.on('zoomstart dragstart', () => { pristine = pristine && map.ggFitting === true; });
    const settle = () => {
      map.ggFitting = true;
      map.invalidateSize({ animate: false });
      if (pristine) fit(map);
      map.ggFitting = false;
    };
    new ResizeObserver(settle).observe(map.getContainer());
    window.addEventListener('beforeprint', settle);
    settle();
    requestAnimationFrame(() => { document.documentElement.dataset.ggReady = 'true'; });
  }

  window.greengrid = { begin, layer, finish, maps: drawn };
}());
