"""Animations play when the reader asks for it."""

from __future__ import annotations

import pytest
from built_site import PAGES, SITE

WITH_VIDEO = [page for page in PAGES if "<video" in (SITE / page).read_text()]

PLAY = """async video => {
  video.scrollIntoView();
  await video.play();
  await new Promise(advanced => {
    video.ontimeupdate = () => video.currentTime > 0.2 && advanced();
  });
  return {muted: video.muted, width: video.videoWidth, error: video.error};
}"""


@pytest.mark.parametrize("where", ["served", "unpacked"])
@pytest.mark.parametrize("page", WITH_VIDEO)
def test_every_video_plays_without_sound(page, where, tab, request):
    tab.goto(f"{request.getfixturevalue(where)}/{page}")
    for video in tab.query_selector_all("video"):
        state = video.evaluate(PLAY)
        assert state["muted"]
        assert state["width"] > 0
        assert state["error"] is None


def test_there_are_videos_to_try():
    assert "gallery/plot_basic_pbt.html" in WITH_VIDEO
