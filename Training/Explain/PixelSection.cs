using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>One output pixel, its products, and the warp that made it: markup that the script fills.</summary>
internal static class PixelSection
{
    /// <summary>Both sections.</summary>
    public static Html Of(ImageStudy image) => image.Convs.Count == 0
        ? Html.Of($"<section id=\"pixel\"><h2>One output pixel</h2><p id=\"warp\">Every 3x3 convolution of this network is too large to go into a page value by value; smaller networks and images show this part.</p></section>")
        : Html.Of(
            $"""
            <section id="pixel">
            <h2>One output pixel</h2>
            <p>Click a pixel of the output: it is a sum of products, a window of the input times the filter's weights, over all input channels. There is nothing else in a convolution, and the sum below is made of the engine's own numbers.</p>
            <p class="formula">y[h, w, k] = Σ<sub>r, s, c</sub> x[h·stride + r − 1, w·stride + s − 1, c] · weight[k, r, s, c]</p>
            <div class="controls">
            <label for="conv">Convolution</label> <select id="conv"></select>
            <label for="channel">Output channel</label> <select id="channel"></select>
            <span class="pad" role="group" aria-label="Move the pixel"><button type="button" data-move="0,-1" aria-label="left">←</button><button type="button" data-move="-1,0" aria-label="up">↑</button><button type="button" data-move="1,0" aria-label="down">↓</button><button type="button" data-move="0,1" aria-label="right">→</button></span>
            </div>
            <div class="row pair">
            <figure><figcaption id="input-caption">Input</figcaption><canvas id="input-map" class="square" width="320" height="320" role="img" aria-label="Input channel with the window marked"></canvas></figure>
            <figure><figcaption id="output-caption">Output: click a pixel</figcaption><canvas id="output-map" class="square pick" width="320" height="320" tabindex="0" role="img" aria-label="Output channel; click, or use the arrow keys, to choose a pixel"></canvas></figure>
            <div class="answer" aria-live="polite"><p id="pixel-where"></p><p class="sum" id="pixel-sum"></p><p id="pixel-check"></p></div>
            </div>
            <h3>Sum of each input channel</h3>
            <p class="quiet">The nine products of a channel, added up. Choose a channel to see them.</p>
            <div id="channel-sums" class="channel-sums"></div>
            <h3 id="product-title">Products</h3>
            <div class="products"><figure><figcaption>input window</figcaption><div id="window" class="cells"></div></figure><span class="operator">×</span><figure><figcaption>weights</figcaption><div id="kernel" class="cells"></div></figure><span class="operator">=</span><figure><figcaption>products</figcaption><div id="product" class="cells"></div></figure></div>
            </section>
            <section id="warp">
            <h2>From pixel to warp</h2>
            <p>The same convolution, launched for this image on <code>ptxsim</code>, the CUDA device that is a program: it runs the project's own kernel, compiled to PTX, a warp of 32 lanes at a time. This is who computed the pixel you chose, recorded while it happened.</p>
            <div class="tiles" id="launch"></div>
            <p id="warp-where" aria-live="polite"></p>
            <div class="row">
            <figure><figcaption>Output pixels: <span class="swatch block"></span> of the thread block, <span class="swatch warp"></span> of the warp, <span class="swatch lane"></span> of the lane</figcaption><canvas id="warp-map" class="square" width="320" height="320" role="img" aria-label="Which output pixels the thread block, the warp and the lane computed"></canvas></figure>
            <figure class="wide"><figcaption>The 32 lanes of the warp, and what each stored with this one instruction: choose a lane</figcaption><div id="lanes" class="lanes"></div></figure>
            </div>
            <h3>Shared memory when the pixel was stored</h3>
            <p>A thread block copies a piece of the input windows and of the weights into shared memory, all its threads read it there, and then the next piece follows. Rows are the 32 banks; below is the memory of this block at the moment of the store, with the words that the lane read from the last piece framed.</p>
            <div class="scroll"><canvas id="shared" height="160" role="img" aria-label="Shared memory of the thread block"></canvas></div>
            <p id="shared-text" class="quiet"></p>
            <h3>The lines of CUDA that moved the data</h3>
            <div id="source"></div>
            </section>
            """);
}
