using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmTelemetry.Service.Tests;

/// <summary>Whether everybody can use the page: by keyboard, with a screen reader, in the dark, on a phone, without motion. In Chromium.</summary>
public sealed class PageLooksTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-page-");

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    /// <summary>What accessibility.js complains of.</summary>
    internal static async Task<string[]> ComplaintsAsync(PageUnderTest page)
    {
        using var script = new StreamReader(typeof(PageLooksTests).Assembly.GetManifestResourceStream("accessibility.js")!);
        return await page.Page.EvaluateAsync<string[]>(await script.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(ColorScheme.Light, 1280, "light")]
    [InlineData(ColorScheme.Dark, 1280, "dark")]
    [InlineData(ColorScheme.Light, 375, "phone")]
    [InlineData(ColorScheme.Dark, 320, "phone-dark")]
    public async Task Everything_has_a_name_a_place_and_enough_contrast_and_nothing_is_wider_than_the_window(ColorScheme scheme, int width, string picture)
    {
        await using var api = await StartAsync();
        await using var page = await PageUnderTest.OpenAsync(new Uri(api.Address, "?feature=chat&period=30d"), new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 }, ReducedMotion = ReducedMotion.Reduce }, LimitStates.Answer);
        await page.SettledAsync();
        await page.Page.GetByText("Show as a table").ClickAsync();

        Assert.Empty(await ComplaintsAsync(page));
        Assert.Equal(width, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        page.CheckSilent();

        await page.Page.GotoAsync(api.Address.ToString());
        await page.SettledAsync();
        Assert.Empty(await ComplaintsAsync(page));
        await page.ShootAsync(picture);
        await page.ShootAsync(picture + "-top", isWhole: false);
        await page.Page.Locator("#unpriced-title").EvaluateAsync("title => title.scrollIntoView()");
        await page.ShootAsync(picture + "-end", isWhole: false);
    }

    [Fact]
    public async Task Colours_follow_the_system_until_somebody_chooses_and_the_choice_is_kept()
    {
        await using var api = await StartAsync();
        await using var page = await PageUnderTest.OpenAsync(api.Address, new() { ColorScheme = ColorScheme.Dark });
        await page.SettledAsync();

        Assert.Equal("rgb(18, 21, 26)", await GroundAsync());
        await page.Page.GetByLabel("Colours").SelectOptionAsync("light");
        Assert.Equal("rgb(246, 247, 249)", await GroundAsync());
        await page.Page.ReloadAsync();
        Assert.Equal("rgb(246, 247, 249)", await GroundAsync());
        await Expect(page.Page.GetByLabel("Colours")).ToHaveValueAsync("light");
        await page.Page.GetByLabel("Colours").SelectOptionAsync("system");
        Assert.Equal("rgb(18, 21, 26)", await GroundAsync());
        page.CheckSilent();

        Task<string> GroundAsync() => page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
    }

    [Fact]
    public async Task Keyboard_reaches_everything_in_the_order_of_the_page_and_shows_where_it_is()
    {
        await using var api = await StartAsync();
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();
        var wanted = await page.Page.EvaluateAsync<int>("[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')].filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('dialog')).length");

        List<string> walked = [];
        for (var i = 0; i < wanted; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            var (name, outline) = await FocusedAsync();
            Assert.True(outline >= 2, $"The focus is not seen on {name}.");
            walked.Add(name);
        }

        Assert.Equal(wanted, walked.Count);
        Assert.Equal("A Skip to the figures", walked[0]);
        Assert.Contains("SELECT #period", walked);
        Assert.Contains(walked, name => name.StartsWith("BUTTON Cost", StringComparison.Ordinal));
        Assert.Contains("A ada", walked);
        Assert.Contains("SUMMARY Show as a table", walked);
        Assert.Equal(wanted, await page.Page.EvaluateAsync<int>("document.querySelectorAll('[data-walked]').length"));

        async Task<(string Name, double Outline)> FocusedAsync()
        {
            var json = await page.Page.EvaluateAsync<string>(
                "(() => { const e = document.activeElement; e.dataset.walked = '1'; return JSON.stringify([e.tagName + ' ' + (e.id ? '#' + e.id : e.textContent.trim()), parseFloat(getComputedStyle(e).outlineWidth)]); })()");
            using var both = JsonDocument.Parse(json);
            return (both.RootElement[0].GetString()!, both.RootElement[1].GetDouble());
        }
    }

    [Fact]
    public async Task Skip_link_leads_to_the_figures_and_what_was_asked_for_is_announced()
    {
        await using var api = await StartAsync();
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await page.Page.EvaluateAsync<string>("document.activeElement.id"));
        await page.Page.GetByLabel("Period", new() { Exact = true }).SelectOptionAsync("year");
        await Expect(page.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Figures of this year are shown.");
        page.CheckSilent();
    }

    [Fact]
    public async Task Nothing_moves_for_who_wants_no_motion()
    {
        await using var api = await StartAsync();
        await using var page = await PageUnderTest.OpenAsync(api.Address, new() { ReducedMotion = ReducedMotion.Reduce });
        await page.SettledAsync();

        Assert.Equal(0, await page.Page.EvaluateAsync<int>("[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0 || getComputedStyle(e).animationName !== 'none').length"));
    }

    [Fact]
    public async Task Files_of_the_page_say_what_they_are_and_are_sent_again_only_when_they_changed()
    {
        await using var api = await StartAsync();
        using var first = await api.Client.GetAsync(new Uri("page/main.js", UriKind.Relative), TestContext.Current.CancellationToken);
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri("page/main.js", UriKind.Relative));
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await api.Client.SendAsync(again, TestContext.Current.CancellationToken);

        Assert.Equal(("text/javascript", System.Net.HttpStatusCode.NotModified), (first.Content.Headers.ContentType!.MediaType, second.StatusCode));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await api.AskAsync("page/nothing.js")).Status);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await api.AskAsync("page/..%2Fmain.js")).Status);
        var index = await api.GetAsync("/");
        Assert.DoesNotMatch("(?i)<script(?![^>]* src=)|<style| style=| on[a-z]+=|https?://", index);
    }

    private async Task<ServedApi> StartAsync()
    {
        await SpendStory.FillAsync(Store);
        return await ServedApi.StartAsync(Store);
    }
}
