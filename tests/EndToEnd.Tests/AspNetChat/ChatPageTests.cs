using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;
using Microsoft.Playwright;

namespace LlmTelemetry.EndToEnd.Tests.AspNetChat;

/// <summary>The page of samples/AspNetChat, in Chromium.</summary>
public sealed class ChatPageTests
{
    // Without them Chromium talks to its maker at every start; as root it has no sandbox.
    private static readonly string[] Quiet =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server"];

    [Fact]
    public async Task Page_shows_the_answer_as_it_is_written_its_cost_and_what_each_user_spent()
    {
        var chromium = Server.Need("chromium");
        await using var server = await ChatServer.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Quiet });
        var page = await browser.NewPageAsync();
        List<string> errors = [];
        page.PageError += (_, error) => errors.Add(error);

        Assertions.SetDefaultExpectTimeout(30_000); // A busy machine.
        await page.GotoAsync(server.Address.ToString());
        await page.Locator("#text").FillAsync("Hello there");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await Assertions.Expect(page.Locator("#lines .cost")).ToHaveTextAsync("$0.000093 for 21 tokens");
        await Assertions.Expect(page.Locator("#lines .other span")).ToHaveTextAsync("You said: Hello there I have nothing to add, but I count every token. ");
        await Assertions.Expect(page.Locator("#spend tr")).ToHaveTextAsync(["ada/chat10.000093"]);

        await page.Locator("#user").SelectOptionAsync("bob");
        await Assertions.Expect(page.Locator("#lines p")).ToHaveCountAsync(0);
        await page.Locator("#text").FillAsync("<b>Hello</b>");
        await page.Locator("#text").PressAsync("Enter");
        await Assertions.Expect(page.Locator("#lines .cost")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Summarize" }).ClickAsync();
        await Assertions.Expect(page.Locator("#spend tr")).ToHaveCountAsync(3);

        await Assertions.Expect(page.Locator("#quota tr", new() { HasText = "daily" })).ToHaveTextAsync(new Regex(@"^daily0\.004\d+0\.005USDday$"));
        Assert.Equal("<b>Hello</b>", await page.Locator("#lines .me span").TextContentAsync());
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Page_tells_who_is_over_budget_why_and_when_to_come_back_and_keeps_what_was_said()
    {
        var chromium = Server.Need("chromium");
        await using var server = await ChatServer.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Quiet });
        var page = await browser.NewPageAsync();
        List<string> errors = [];
        page.PageError += (_, error) => errors.Add(error);

        await page.GotoAsync(server.Address.ToString());
        await page.Locator("#text").FillAsync(string.Concat(Enumerable.Repeat("word ", 400)));
        await page.Locator("#text").PressAsync("Enter");
        await Assertions.Expect(page.Locator("#lines .other .cost")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
        await page.Locator("#text").FillAsync("And what does that mean?");
        await page.Locator("#text").PressAsync("Enter");

        var refusal = page.Locator("#lines .refused");
        await Assertions.Expect(refusal).ToContainTextAsync(new Regex(@"The limit of 0\.005 USD a day has no room for this call: 0\.003 used.+ Try again in \d+"));
        await Assertions.Expect(refusal.Locator(".cost")).ToHaveTextAsync(new Regex(@"^You can go on at .*\d.*\.$"));
        await Assertions.Expect(page.Locator("#quota tr", new() { HasText = "daily" })).ToHaveTextAsync("daily0.0020.005USDday");
        Assert.Equal("And what does that mean?", await page.Locator("#lines .me span").Last.TextContentAsync());

        // Another user has a budget of their own.
        await page.Locator("#user").SelectOptionAsync("bob");
        await Assertions.Expect(page.Locator("#quota tr", new() { HasText = "daily" })).ToHaveTextAsync("daily0.0050.005USDday");
        Assert.Empty(errors);
    }
}
