using LlmTelemetry.TestKit;
using Microsoft.Playwright;

namespace LlmTelemetry.Service.Tests;

/// <summary>The page in Chromium; whatever it complains of is a failure of the test.</summary>
internal sealed class PageUnderTest : IAsyncDisposable
{
    // Without them Chromium talks to its maker at every start; as root it has no sandbox.
    private static readonly string[] Quiet =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _complaints = [];

    private PageUnderTest(IPlaywright playwright, IBrowser browser, IPage page)
    {
        (_playwright, _browser, Page) = (playwright, browser, page);
        page.PageError += (_, error) => _complaints.Add("error: " + error);
        page.Console += (_, message) => _complaints.AddRange(message.Type is "error" or "warning" ? [$"{message.Type}: {message.Text} ({message.Location})"] : []);
        page.Dialog += (_, dialog) => _complaints.Add("dialog: " + dialog.Message);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Whatever the page asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <param name="address">What is opened.</param>
    /// <param name="options">How large the window is, and what its user prefers.</param>
    /// <param name="answers">What the service is made to answer, by path: for states that take long to bring about.</param>
    public static async Task<PageUnderTest> OpenAsync(Uri address, BrowserNewPageOptions? options = null, params (string Path, string Json)[] answers)
    {
        var chromium = Server.Need("chromium");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Quiet });
        var page = await browser.NewPageAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        page.SetDefaultTimeout(30_000);
        var under = new PageUnderTest(playwright, browser, page);
        foreach (var (path, json) in answers)
        {
            await page.RouteAsync("**" + path, route => route.FulfillAsync(new() { ContentType = "application/json", Body = json }));
        }

        await page.GotoAsync(address.ToString());
        return under;
    }

    /// <summary>Waits until what was asked for is shown.</summary>
    public Task SettledAsync() => Assertions.Expect(Page.Locator("#main")).ToHaveAttributeAsync("aria-busy", "false", new() { Timeout = 30_000 });

    /// <summary>A picture for people to look at, where LLMTELEMETRY_SCREENSHOTS names a folder.</summary>
    public async Task ShootAsync(string name, bool isWhole = true)
    {
        if (Environment.GetEnvironmentVariable("LLMTELEMETRY_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = isWhole });
        }
    }

    /// <summary>No error, no warning, nothing that the page's policy refused; but what a test expects.</summary>
    public void CheckSilent(params string[] expected) => Assert.Equal("", string.Join('\n', _complaints.Where(complaint => !expected.Any(word => complaint.Contains(word, StringComparison.Ordinal)))));

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
