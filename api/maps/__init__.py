"""Map pages: folium maps that need nothing from outside, and open from a USB stick.

`assets`     scripts and styles, linked from our own server or written into the page
`encode`     features as compact JSON, thinned for the screen only
`base`       the folium map, its page and its layers
`classes`    classes of shares, and the colours of everything
`panel`      what stands beside the map
`layers`, `coverage`, `gaps`    the three maps
"""
