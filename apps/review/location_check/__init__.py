"""The daily cell-location check: random fields, what the locator missed or invented, a control chart."""
