"""The animation shows every iteration, and is saved as Matplotlib would draw it."""

from io import BytesIO

import imageio_ffmpeg
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, FuncAnimation
from pbt_examples.figures import use_style
from pbt_examples.toy import make_animation
from plotting_runs import asynchronous, grid, synchronous, theta


@pytest.fixture(autouse=True)
def _house_style():
    with mpl.rc_context({"animation.ffmpeg_path": imageio_ffmpeg.get_ffmpeg_exe()}):
        use_style()
        yield


class Keep(AbstractMovieWriter):
    """A writer that keeps the frames as arrays."""

    def setup(self, fig, outfile, dpi=None):
        super().setup(fig, outfile, dpi=dpi)
        self.frames = []

    def grab_frame(self, **savefig_kwargs):
        file = BytesIO()
        self.fig.savefig(file, format="rgba", dpi=self.dpi, **savefig_kwargs)
        width, height = self.frame_size
        pixels = np.frombuffer(file.getvalue(), np.uint8).reshape(height, width, 4)
        self.frames.append(pixels)

    def finish(self):
        pass


def clock(animation):
    return next(
        text.get_text()
        for ax in animation._fig.axes
        for text in ax.texts
        if text.get_text().startswith("iteration")
    )


@pytest.mark.parametrize("run", [synchronous(), asynchronous()], ids=["synch", "asynch"])
def test_the_frames_are_the_iterations_and_the_last_is_among_them(run):
    last = run.history["iteration"].max()
    assert list(make_animation(run).new_frame_seq()) == list(range(1, last + 1))


def test_the_last_frame_shows_the_last_iteration():
    animation, writer = make_animation(synchronous()), Keep()
    animation.save("unused", writer=writer, dpi=40)
    assert len(writer.frames) == 6
    assert clock(animation) == "iteration 6"
    heads = next(
        each for each in animation._fig.axes[0].collections if each.get_gid() == "heads"
    )
    ends = [theta(0, 1, 6), theta(1, 1, 6), theta(2, 1, 6)]
    np.testing.assert_allclose(heads.get_offsets(), ends)


def test_until_is_the_last_frame():
    animation, writer = make_animation(synchronous(), until=3), Keep()
    animation.save("unused", writer=writer, dpi=40)
    assert len(writer.frames) == 3
    assert clock(animation) == "iteration 3"


def assert_saved_as_redrawn(animation):
    blitted, redrawn = Keep(), Keep()
    animation.save("unused", writer=blitted, dpi=60)
    FuncAnimation.save(animation, "unused", writer=redrawn, dpi=60)
    assert len(blitted.frames) == len(redrawn.frames) == 3
    for fast, slow in zip(blitted.frames, redrawn.frames, strict=True):
        np.testing.assert_array_equal(fast, slow)
    assert (blitted.frames[0] != blitted.frames[-1]).any()


@pytest.mark.parametrize("run", [synchronous(), grid(9)], ids=["few", "many"])
def test_saved_frames_are_those_that_a_full_redraw_gives(run):
    assert_saved_as_redrawn(make_animation(run, until=3))


def test_a_backend_without_blitting_gives_the_same_frames():
    plt.switch_backend("svg")
    try:
        assert_saved_as_redrawn(make_animation(synchronous(), until=3))
    finally:
        plt.switch_backend("agg")


def test_saving_leaves_the_figure_as_it_was():
    animation = make_animation(grid())
    figure = animation._fig
    before = figure.dpi, figure.canvas
    animation.save("unused", writer=Keep(), dpi=40)
    assert (figure.dpi, figure.canvas) == before


def test_an_mp4_plays_in_any_browser_and_from_its_first_bytes(tmp_path):
    file = tmp_path / "run.mp4"
    make_animation(synchronous()).save(file)
    about = next(imageio_ffmpeg.read_frames(str(file)))
    assert about["pix_fmt"].startswith("yuv420p")
    assert about["codec"] == "h264"
    assert [side % 2 for side in about["size"]] == [0, 0]
    assert imageio_ffmpeg.count_frames_and_secs(str(file))[0] == 6
    content = file.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_another_format_can_be_saved(tmp_path):
    file = tmp_path / "run.gif"
    make_animation(grid()).save(file, writer="pillow", dpi=40)
    assert file.read_bytes().startswith(b"GIF8")


def test_a_writer_that_is_ready_is_used_as_it_is(tmp_path):
    file = tmp_path / "run.mp4"
    make_animation(grid()).save(file, writer=FFMpegWriter(fps=5), dpi=40)
    assert next(imageio_ffmpeg.read_frames(str(file)))["fps"] == 5
