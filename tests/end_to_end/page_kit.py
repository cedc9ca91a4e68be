"""What a person sees of a page: every text with its colour and what is behind it."""

import re

from playwright.sync_api import Page

#: Every text that is seen: its colour, what is behind it, and the words. A text in a drawing may stand on a square.
SEEN = """() => {
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const colour = getComputedStyle(one).backgroundColor;
            if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
        const box = element.getBoundingClientRect();
        if (!text || !box.width || element.closest('.skip, .unseen')) continue;
        const style = getComputedStyle(element);
        if (!element.closest('svg')) { found.push([style.color, behind(element), text]); continue; }
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        const square = [...element.closest('svg').querySelectorAll('[aria-roledescription="rect mark"]')].find((one) => {
            const around = one.getBoundingClientRect();
            return around.left <= x && x <= around.right && around.top <= y && y <= around.bottom;
        });
        found.push([style.fill, square ? getComputedStyle(square).fill : behind(element.closest('figure, li')), text]);
    }
    return found;
}"""


def read(page: Page) -> tuple[int, list[tuple[str, str, str]]]:
    """How many texts are seen, and those too pale to be read (contrast below 4.5, WCAG 2.2 AA)."""
    seen = page.evaluate(SEEN)
    pale = []
    for colour, ground, text in seen:
        light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
        if (light + 0.05) / (dark + 0.05) < 4.5:
            pale.append((text, colour, ground))
    return len(seen), pale


def _luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
