using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmTelemetry.Service.Tests.Serving;
using LlmTelemetry.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LlmTelemetry.Service.Tests;

/// <summary>What the page at / shows, in Chromium, over a real ledger at noon of 22 November 2026.</summary>
public sealed class PageTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-page-");

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Figures_are_those_of_the_report_to_the_letter()
    {
        await SpendStory.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        foreach (var dimension in new[] { "provider", "model", "user", "feature" })
        {
            // The report's own table, as the command prints it, is what people compare with.
            var (_, report, _) = await new Cli().RunAsync("report", "--by", dimension, "--month", "--top", "10", "--store", Store);
            var costs = CostsOf(report);
            var shown = await page.Page.Locator($"#by-{dimension} :is(tbody, tfoot) tr td:nth-child(2)").AllTextContentsAsync();
            Assert.Equal(costs, shown.Select(text => text.TrimStart('$')));
        }

        using var usage = JsonDocument.Parse(await api.GetAsync("api/usage"));
        var today = usage.RootElement.GetProperty("today").GetProperty("cost").GetDecimal().ToString("'$'#,##0.00##########", CultureInfo.InvariantCulture);
        await Expect(page.Page.Locator(".tile", new() { HasText = "Today" }).Locator(".figure")).ToHaveTextAsync(today);
        Assert.All(page.Requests, url => Assert.StartsWith(api.Address.ToString(), url));
        page.CheckSilent();
        await page.ShootAsync("light");
    }

    [Fact]
    public async Task Period_and_filters_are_in_the_address_and_the_way_back_leads_back()
    {
        await SpendStory.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();
        var all = await TotalAsync(page);

        await page.Page.Locator("#by-user").GetByRole(AriaRole.Link, new() { Name = "bob", Exact = true }).ClickAsync();
        await Expect(page.Page.Locator("#chips li")).ToHaveTextAsync(["user: bob×"]);
        await Expect(page.Page.Locator("#by-user tbody tr")).ToHaveCountAsync(1);
        var bob = await TotalAsync(page);
        Assert.Equal(await ReportedAsync(api, "user=bob&period=month"), bob);
        Assert.NotEqual(all, bob);

        await page.Page.Locator("#period").SelectOptionAsync("7d");
        await Expect(page.Page.Locator(".tile h3").Nth(2)).ToHaveTextAsync("Last 7 days");
        var week = await TotalAsync(page);
        Assert.Equal(await ReportedAsync(api, "user=bob&from=2026-11-16&to=2026-11-22"), week);
        Assert.EndsWith("/?period=7d&user=bob", page.Page.Url, StringComparison.Ordinal);

        // Somebody else opens the link.
        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync(week);
        await Expect(page.Page.Locator("#period")).ToHaveValueAsync("7d");

        await page.Page.GoBackAsync();
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync(bob);
        await page.Page.GoBackAsync();
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync(all);
        await Expect(page.Page.Locator("#chips li")).ToHaveCountAsync(0);
        page.CheckSilent();
    }

    [Fact]
    public async Task Filter_is_added_and_taken_away_by_keyboard_and_empty_means_not_said()
    {
        await SpendStory.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await page.Page.Locator("#dimension").SelectOptionAsync("feature");
        await page.Page.Locator("#value").FillAsync("agents/research");
        await page.Page.Locator("#value").PressAsync("Enter");
        await Expect(page.Page.Locator("#by-feature tbody th")).ToHaveTextAsync(["agents/research"]);
        await page.Page.Locator("#dimension").SelectOptionAsync("user");
        await page.Page.Locator("#value").PressAsync("Enter");
        await Expect(page.Page.Locator("#chips li")).ToHaveTextAsync(["feature: agents/research×", "user: not said×"]);
        await Expect(page.Page.Locator("#by-user tbody th")).ToHaveTextAsync(["not said"]);
        Assert.EndsWith("/?feature=agents%2Fresearch&user=", page.Page.Url, StringComparison.Ordinal);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Remove the filter feature: agents/research" }).PressAsync("Enter");
        await Expect(page.Page.Locator("#by-feature tbody th")).ToHaveCountAsync(4);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Remove the filter user: not said" }).PressAsync("Enter");
        await page.Page.Locator("#value").FillAsync("nobody");
        await page.Page.Locator("#value").PressAsync("Enter");
        await Expect(page.Page.Locator("#breakdowns")).ToHaveTextAsync("No calls of this period match the filters. Names are compared letter by letter.");
        page.CheckSilent();
    }

    [Fact]
    public async Task Tables_are_ordered_by_the_service_so_that_the_first_are_really_the_first()
    {
        await SpendStory.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await page.Page.Locator("#by-user").GetByRole(AriaRole.Button, new() { Name = "Tokens" }).ClickAsync();
        await Expect(page.Page.Locator("#by-user th[aria-sort=descending]")).ToHaveTextAsync("Tokens ▼");
        using var report = JsonDocument.Parse(await api.GetAsync("api/reports?by=user&sort=tokens&limit=10&period=month"));
        await Expect(page.Page.Locator("#by-user tbody th"))
            .ToHaveTextAsync(report.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("other").GetBoolean() ? "all others" : row.GetProperty("user").GetString() ?? "not said"));

        // Whoever uses the keyboard is still where they were.
        Assert.Equal("user-tokens", await page.Page.EvaluateAsync<string>("document.activeElement.dataset.key"));
        Assert.EndsWith("/?sort=tokens", page.Page.Url, StringComparison.Ordinal);
        page.CheckSilent();
    }

    [Fact]
    public async Task Names_are_text_whatever_is_in_them()
    {
        const string Script = "\"><script>alert(1)</script>";
        await Ledger.FillAsync(Store, null, Ledger.Call(Script), Ledger.Call("<img src=x onerror=alert(2)>", model: "<svg onload=alert(3)>"), Ledger.Call("javascript:alert(4)"), Ledger.Call("\u202Eevil\u0000\u0007"));
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address, null, LimitStates.Answer);
        await page.SettledAsync();

        await Expect(page.Page.Locator("#by-user")).ToContainTextAsync("<img src=x onerror=alert(2)>");
        await Expect(page.Page.Locator("#unpriced-rows")).ToContainTextAsync("<svg onload=alert(3)>");
        await Expect(page.Page.Locator("#budget-rows")).ToContainTextAsync("user <b>ada</b>");
        await page.Page.Locator("#by-user").GetByRole(AriaRole.Link, new() { Name = Script, Exact = true }).ClickAsync();
        await Expect(page.Page.Locator("#chips li")).ToContainTextAsync([Script]);
        await Expect(page.Page.Locator("#by-user tbody tr")).ToHaveCountAsync(1);
        Assert.Equal(0, await page.Page.Locator("main img, main script, #chips script").CountAsync());
        page.CheckSilent();
    }

    [Fact]
    public async Task Budgets_and_health_say_in_words_where_they_stand_and_the_tile_has_the_budget_of_all_calls()
    {
        await SpendStory.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address, null, LimitStates.Answer, ("/api/health", """
            {"status":"degraded","version":"0.1.0","store":{"place":"redis 127.0.0.1:6379","is_written":true,"took_seconds":0.00123,"error":null,"kind":"Redis 7.0.15","concerns":["appendonly is off"]},
             "prices":{"version":"2026-11-20+0a1b","date":"2026-11-20","age_days":2},"lag_seconds":7.25,
             "exporters":[{"host":"<i>web-1</i>","process_id":17,"at":"2026-11-22T11:59:53Z","age_seconds":7.25,"is_overdue":false,"journal":false},
                          {"host":"web-2","process_id":18,"at":"2026-11-22T10:00:00Z","age_seconds":7200,"is_overdue":true,"journal":false}]}
            """));
        await page.SettledAsync();

        await Expect(page.Page.Locator("#budget-rows tbody tr")).ToHaveTextAsync(
        [
            "tokensuser bobtokens a month1,000,0011,000,0000■ used up (> 100 %)2026-12-01 00:00 UTC",
            "user-dailyuser <b>ada</b>usd a day$0.4500001$0.50$0.0399999▲ nearly used up (90 %)2026-11-23 00:00 UTC",
            "all-dailyeverybodyusd a day$0.7773789$5.00$4.2226211✓ within (15.5 %)2026-11-23 00:00 UTC",
        ]);
        await Expect(page.Page.Locator(".tile").First).ToContainTextAsync("Budget all-daily: $0.7773789 of $5.00 used");
        await Expect(page.Page.Locator("#health dd")).ToHaveTextAsync(
            ["▲ something needs a look", "redis 127.0.0.1:6379 (Redis 7.0.15)", "✓ reach it, within 1.2 ms", "▲ appendonly is off", "2026-11-20+0a1b, 2 days old", "7 s at most: what exporters hold is not in the figures yet", "0.1.0"]);
        await Expect(page.Page.Locator("#exporters tbody tr")).ToHaveTextAsync(["<i>web-1</i>177 s ago✓ alive", "web-2182 h ago■ not heard of: what it held may be lost"]);
        await page.Page.Locator("#by-user").GetByRole(AriaRole.Link, new() { Name = "ada", Exact = true }).ClickAsync();
        await Expect(page.Page.Locator("#budgets")).ToContainTextAsync("Budgets are of all calls, whatever the filters above say.");
        await Expect(page.Page.Locator(".tile").First).Not.ToContainTextAsync("Budget");
        page.CheckSilent();
        await page.ShootAsync("budgets");
    }

    [Fact]
    public async Task Calls_without_a_price_are_unknown_and_not_nothing_and_what_helps_is_said()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", 1_500, model: "acme-large-v2"), Ledger.Call("bob", 4, model: "claude-sonnet-4-5"));
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await Expect(page.Page.Locator("#by-user tbody td:nth-child(2)")).ToHaveTextAsync(["$0.000012", "unknown"]);
        await Expect(page.Page.Locator(".tile .figure").First).ToHaveTextAsync("$0.000012");
        await Expect(page.Page.Locator("#unpriced")).ToContainTextAsync("1 call (50 % of all, 1,500 tokens) used a model whose price is not known.");
        await Expect(page.Page.Locator("#unpriced-rows tbody tr")).ToHaveTextAsync(["anthropicacme-large-v211,500"]);
        await Expect(page.Page.Locator("#unpriced")).ToContainTextAsync("llmtelemetry reprice");
        page.CheckSilent();
    }

    [Fact]
    public async Task Empty_ledger_says_how_to_send_calls()
    {
        await Ledger.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "No calls yet: here is how to send some" })).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#empty pre").Last).ToContainTextAsync($"OTEL_EXPORTER_OTLP_ENDPOINT={api.Address.ToString().TrimEnd('/')}");
        await Expect(page.Page.Locator("#figures")).ToBeHiddenAsync();
        Assert.Empty(await AccessibilityAsync(page));
        page.CheckSilent();
        await page.ShootAsync("empty");
    }

    [Fact]
    public async Task Store_that_is_away_is_said_and_old_figures_stay_until_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync(redis.Address, null, Ledger.Call("ada"));
        await using var api = await ServedApi.StartAsync(redis.Address);

        // The service asks its store once a second how it is, and its clock stands here.
        await using var page = await PageUnderTest.OpenAsync(api.Address, null, LimitStates.Answer, ("/api/health", """{"status":"degraded"}"""));
        await page.SettledAsync();
        await redis.KillAsync();

        await page.Page.Locator("#period").SelectOptionAsync("year");
        var notice = page.Page.GetByRole(AriaRole.Alert);
        await Expect(notice).ToContainTextAsync("The ledger cannot be read right now", new() { Timeout = 30_000 });
        await Expect(notice).ToContainTextAsync("What is below is older");
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$0.003000");
        await page.ShootAsync("error");

        await redis.RestartAsync();
        await Eventually.HoldsAsync(async () => (await api.AskAsync("api/usage")).Status == System.Net.HttpStatusCode.OK, "the store is read again");
        await notice.GetByRole(AriaRole.Button, new() { Name = "Try now" }).ClickAsync();
        await Expect(notice).ToBeEmptyAsync();
        page.CheckSilent("503");
    }

    [Fact]
    public async Task Period_that_cannot_be_asked_for_is_said_in_the_services_words()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(new Uri(api.Address, "?from=2026-11-20&to=2026-11-10"));

        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("That cannot be asked");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The first day, 2026-11-20, is after the last, 2026-11-10.");
        await page.Page.Locator("#to").FillAsync("2026-11-22");
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$0.003000");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToBeEmptyAsync();
        page.CheckSilent("400");
    }

    [Fact]
    public async Task Service_that_is_gone_is_told_from_a_store_that_is_away()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await page.Page.Context.SetOfflineAsync(true);
        await page.Page.Locator("#period").SelectOptionAsync("year");
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The service does not answer");
        await page.Page.Context.SetOfflineAsync(false);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Try now" }).ClickAsync();
        await Expect(page.Page.GetByRole(AriaRole.Alert)).ToBeEmptyAsync();
        page.CheckSilent("ERR_INTERNET_DISCONNECTED");
    }

    [Fact]
    public async Task Key_is_asked_for_kept_in_the_tab_and_asked_for_again_when_it_is_wrong()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        var (key, settings) = ServiceUnderTest.NewKey("web", "read");
        await using var api = await ServedApi.StartAsync(Store, settings);
        await using var page = await PageUnderTest.OpenAsync(api.Address);

        var dialog = page.Page.GetByRole(AriaRole.Dialog, new() { Name = "This service asks for a key" });
        await Expect(dialog).ToBeVisibleAsync();
        await page.ShootAsync("key");
        await dialog.GetByLabel("API key").FillAsync("wrong");
        await dialog.GetByLabel("API key").PressAsync("Enter");
        await Expect(dialog).ToContainTextAsync("The key was refused. The key is not right.");
        await dialog.GetByLabel("API key").FillAsync("ключ");
        await dialog.GetByLabel("API key").PressAsync("Enter");
        await Expect(dialog).ToContainTextAsync("The key was refused. It has characters that no key has.");
        await dialog.GetByLabel("API key").FillAsync($" {key} ");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Show the figures" }).ClickAsync();
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$0.003000");

        await page.Page.ReloadAsync();
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$0.003000");
        Assert.Equal(key, await page.Page.EvaluateAsync<string>("Object.values(sessionStorage)[0]"));
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("localStorage.length"));
        Assert.DoesNotContain(key, page.Page.Url);
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Forget key" }).ClickAsync();
        await Expect(dialog).ToBeVisibleAsync();
        page.CheckSilent("401");
    }

    [Fact]
    public async Task Ten_thousand_users_are_the_first_ten_and_all_others()
    {
        await Ledger.FillAsync(Store, null, [.. Enumerable.Range(0, 10_000).Select(n => Ledger.Call($"user-{n:00000}", 1_000 + n))]);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(api.Address);
        await page.SettledAsync();

        await Expect(page.Page.Locator("#by-user tbody tr")).ToHaveCountAsync(11);
        await Expect(page.Page.Locator("#by-user tbody th").First).ToHaveTextAsync("user-09999");
        await Expect(page.Page.Locator("#by-user tbody th").Last).ToHaveTextAsync("all others");

        // 3 USD a million: 10,000 times 1,000, and 0 to 9,999.
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$179.985000");
        Assert.InRange(await page.Page.Locator("*").CountAsync(), 1, 1_500);

        // What the page waits for: generous, for a machine that does other things too.
        var clock = Stopwatch.StartNew();
        await api.GetAsync("api/usage?limit=10");
        TestContext.Current.TestOutputHelper?.WriteLine($"api/usage of 10,000 users: {clock.ElapsedMilliseconds} ms");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        page.CheckSilent();
    }

    [Fact]
    public async Task Figures_are_read_again_by_themselves_unless_that_is_paused()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(new Uri("about:blank"));
        await page.Page.Clock.InstallAsync();
        await page.Page.GotoAsync(api.Address.ToString());
        await page.SettledAsync();
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));

        await page.Page.Clock.FastForwardAsync(31_000);
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$0.006000");

        var pause = page.Page.GetByRole(AriaRole.Button, new() { Name = "refresh" });
        await pause.ClickAsync();
        await Expect(pause).ToHaveAttributeAsync("aria-pressed", "true");
        var asked = page.Requests.Count;
        await page.Page.Clock.FastForwardAsync(120_000);
        await page.SettledAsync();
        Assert.Equal(asked, page.Requests.Count);
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        await pause.ClickAsync();
        await Expect(page.Page.Locator("#by-user tfoot td").First).ToHaveTextAsync("$0.009000");
        page.CheckSilent();
    }

    [Theory]
    [InlineData("year", "api/reports?by=day&period=year", "$")]
    [InlineData("today", "api/reports?by=day&from=2026-11-09&to=2026-11-22", "$")]
    public async Task Chart_has_the_same_in_figures(string period, string report, string sign)
    {
        await SpendStory.FillAsync(Store);
        await using var api = await ServedApi.StartAsync(Store);
        await using var page = await PageUnderTest.OpenAsync(new Uri(api.Address, "?period=" + period));
        await page.SettledAsync();

        using var json = JsonDocument.Parse(await api.GetAsync(report));
        var total = json.RootElement.GetProperty("total").GetProperty("cost").GetDecimal();
        await page.Page.GetByText("Show as a table").ClickAsync();
        var costs = await page.Page.Locator("#by-day tbody td:nth-child(2)").AllTextContentsAsync();
        var bars = await page.Page.Locator(".chart .day").CountAsync();

        Assert.Equal(total, costs.Where(text => text != "unknown").Sum(text => decimal.Parse(text.TrimStart('$'), CultureInfo.InvariantCulture)));
        Assert.Equal(costs.Count, bars);
        await Expect(page.Page.Locator(".chart")).ToHaveAttributeAsync("aria-label", new Regex($"^Spend from .* to .*: {Regex.Escape(sign)}.* in total, the most on "));
        page.CheckSilent();
    }

    private static async Task<string[]> AccessibilityAsync(PageUnderTest page) => await PageLooksTests.ComplaintsAsync(page);

    private static Task<string> TotalAsync(PageUnderTest page) => page.Page.Locator("#by-user tfoot td").First.InnerTextAsync();

    private static async Task<string> ReportedAsync(ServedApi api, string query)
    {
        using var json = JsonDocument.Parse(await api.GetAsync("api/reports?by=user&" + query));
        var decimals = json.RootElement.GetProperty("rows").EnumerateArray().Append(json.RootElement.GetProperty("total"))
            .Max(row => row.GetProperty("cost").GetRawText() is var text && text == "null" ? 6 : text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1);
        return "$" + json.RootElement.GetProperty("total").GetProperty("cost").GetDecimal().ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    // The column "cost USD" of the command's table, below its heading and its lines.
    private static IEnumerable<string> CostsOf(string table)
    {
        var lines = table.Split('\n');
        var heading = Array.FindIndex(lines, line => line.Contains("cost USD", StringComparison.Ordinal));
        var (start, end) = (lines[heading].IndexOf("output", StringComparison.Ordinal) + 6, lines[heading].IndexOf("cost USD", StringComparison.Ordinal) + 8);
        var total = Array.FindIndex(lines, line => line.StartsWith("total", StringComparison.Ordinal));
        return lines[(heading + 1)..(total + 1)].Select(line => line[start..end].Trim()).Where(text => !text.StartsWith('-'));
    }
}
