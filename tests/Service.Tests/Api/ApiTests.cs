using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using LlmTelemetry.Budgets;
using LlmTelemetry.Service.Tests.Budgets;
using LlmTelemetry.Service.Tests.Serving;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests.Api;

/// <summary>The operator's API over real HTTP, on a ledger and budgets that applications filled. Its clock stands at noon of 22 November 2026.</summary>
public sealed class ApiTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-api-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Budgets_are_the_list_of_the_command_and_come_in_pages()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        foreach (var (user, cost) in new[] { ("ada", 0.5m), ("bob", 1.5m), ("eve", 1m) })
        {
            await app.Budgets.ChargeAsync(user, 100, cost, cancellationToken: Token);
        }

        await using var service = await StartAsync();
        using var whole = await GetAsync(service, "/api/budgets?name=daily");
        Assert.Equal(["bob", "eve", "ada"], whole.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("subject").GetString()));
        Assert.False(whole.RootElement.GetProperty("has_more").GetBoolean());

        var cli = new Cli();
        cli.Environment["LlmTelemetry__Store"] = Store;
        var (_, listed, _) = await cli.RunAsync("budget", "list", "--limit", "daily", "--json");
        using var list = JsonDocument.Parse(listed);
        Assert.Equal(Fields(list.RootElement[0]), Fields(whole.RootElement.GetProperty("items")[0]));

        using var second = await GetAsync(service, "/api/budgets?name=daily&page=2&page_size=2");
        Assert.Equal("ada", Assert.Single(second.RootElement.GetProperty("items").EnumerateArray()).GetProperty("subject").GetString());
        using var first = await GetAsync(service, "/api/budgets?name=daily&page=1&page_size=2");
        Assert.Equal((2, true), (first.RootElement.GetProperty("items").GetArrayLength(), first.RootElement.GetProperty("has_more").GetBoolean()));

        static string[] Fields(JsonElement item) => [.. item.EnumerateObject()
            .Select(field => $"{field.Name}={(field.Value.ValueKind == JsonValueKind.Number ? field.Value.GetDecimal().ToString("0.####", CultureInfo.InvariantCulture) : field.Value.ToString())}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Override_holds_in_the_application_until_it_is_taken_back_and_reset_empties()
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync("ada", 100, 1.5m, cancellationToken: Token);
        await using var service = await StartAsync();

        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(service, HttpMethod.Put, "/api/budgets/daily/override?subject=ada", """{"amount":7.25}"""));
        Assert.Equal(7.25m, (await app.Budgets.GetQuotaAsync("ada", cancellationToken: Token)).Daily!.Limit);
        using var quota = await GetAsync(service, "/api/quotas/ada?tier=free");
        Assert.Equal(7.25m, Daily(quota).GetProperty("limit").GetDecimal());
        Assert.Equal(1.5m, Daily(quota).GetProperty("used").GetDecimal());

        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(service, HttpMethod.Delete, "/api/budgets/daily/override?subject=ada", null));
        Assert.Equal(2m, (await app.Budgets.GetQuotaAsync("ada", cancellationToken: Token)).Daily!.Limit);
        Assert.Equal(HttpStatusCode.NoContent, await SendAsync(service, HttpMethod.Post, "/api/budgets/daily/reset?subject=ada", "{}"));
        Assert.Equal(0m, (await app.Budgets.GetQuotaAsync("ada", cancellationToken: Token)).Daily!.Used);

        static JsonElement Daily(JsonDocument quota) => quota.RootElement.GetProperty("limits").EnumerateArray().Single(limit => limit.GetProperty("name").GetString() == "daily");
    }

    [Theory]
    [InlineData("/api/quotas/team%2Fada", "team/ada")]
    [InlineData("/api/quotas/team%252Fada", "team%2Fada")]
    [InlineData("/api/quotas/100%25", "100%")]
    public async Task Quota_is_of_the_user_that_the_address_names_also_where_the_name_has_a_slash(string path, string user)
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await app.Budgets.ChargeAsync(user, 100, 1.5m, cancellationToken: Token);
        await using var service = await StartAsync();
        using var quota = await GetAsync(service, path);
        Assert.Equal(user, quota.RootElement.GetProperty("user").GetString());
        Assert.Contains(quota.RootElement.GetProperty("limits").EnumerateArray(), limit => limit.GetProperty("used").GetDecimal() == 1.5m);
    }

    [Theory]
    [InlineData("PUT", "/api/budgets/daily/override?subject=ada", """{"amount":-1}""", "daily")]
    [InlineData("PUT", "/api/budgets/daily/override?subject=ada", """{"amount":"five"}""", "amount must be a number")]
    [InlineData("PUT", "/api/budgets/daily/override?subject=ada", """{"amuont":5}""", "'amuont' is not known here")]
    [InlineData("PUT", "/api/budgets/daily/override?subject=ada", "{}", "amount is missing")]
    [InlineData("PUT", "/api/budgets/daily/override?subject=ada", """{"amount":1,"amount":2}""", "no valid JSON")]
    [InlineData("PUT", "/api/budgets/nothing/override", """{"amount":1}""", "There is no limit 'nothing'")]
    [InlineData("POST", "/api/budgets/daily/reset?subject=a/b", "{}", "is no subject of it")]
    [InlineData("POST", "/api/tokens/today", """{"tokens":-1}""", "tokens must be a whole number")]
    [InlineData("POST", "/api/tokens/today", """{"tokens":1.5}""", "tokens must be a whole number")]
    [InlineData("POST", "/api/tokens/today", """{"tokens":9007199254740993}""", "at most")]
    [InlineData("POST", "/api/tokens/today", "{}", "tokens is missing")]
    [InlineData("POST", "/api/tokens/today", "[]", "must be an object")]
    [InlineData("POST", "/api/tokens/today", "", "no valid JSON")]
    [InlineData("POST", "/api/tokens/check", """{"limit":5}""", "estimate is missing")]
    [InlineData("POST", "/api/admin/prune", """{"what":"all","before":"2026-10-01"}""", "it must be records, hours, days or months")]
    [InlineData("POST", "/api/admin/prune", """{"what":"hours","before":"yesterday"}""", "it must be a day")]
    [InlineData("POST", "/api/admin/erase", """{"user":"_erased"}""", "who erased users became")]
    [InlineData("GET", "/api/budgets?page=0", null, "at least 1")]
    [InlineData("GET", "/api/budgets?page_size=1001", null, "from 1 to 1000")]
    [InlineData("GET", "/api/budgets?page=2147483647&page_size=1000", null, "10000 items")]
    [InlineData("GET", "/api/budgets?page=x", null, "page is 'x'; it must be a whole number.")]
    [InlineData("GET", "/api/budgets?page=1&page=2", null, "page is there 2 times")]
    [InlineData("GET", "/api/budgets?tenant=acme", null, "'tenant' is not known here; known are: name, page, page_size.")]
    [InlineData("GET", "/api/tokens/today?day=2026-11-21", null, "there are no parameters")]
    [InlineData("GET", "/api/quotas/ada?user=bob", null, "'user' is not known here; known are: tier.")]
    [InlineData("PUT", "/api/budgets/daily/override?subjekt=ada", """{"amount":7}""", "'subjekt' is not known here")]
    [InlineData("PUT", "/api/budgets/daily/override?subject=ada&subject=bob", """{"amount":7}""", "subject is there 2 times")]
    [InlineData("DELETE", "/api/budgets/daily/override?user=ada", null, "'user' is not known here")]
    [InlineData("GET", "/api/budgets?name=nothing", null, "There is no limit 'nothing'")]
    public async Task Bad_input_is_told_what_is_wrong_with_it_and_changes_nothing(string method, string path, string? body, string said)
    {
        await using var app = await BudgetedApp.StartAsync(Store);
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await service.Http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.Contains(said, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(2m, (await app.Budgets.GetQuotaAsync("ada", cancellationToken: Token)).Daily!.Limit);
        Assert.Equal(0, (await service.Ledger.Budgets.DailyTokens.GetStatsAsync(Token)).Usage);
    }

    [Fact]
    public async Task Tokens_of_today_are_added_up_and_checked_against_the_limit()
    {
        await using var service = await StartAsync(("Budgets:DailyTokenLimit", "1000"));
        Assert.Equal("""{"date":"2026-11-22","usage":0,"limit":1000,"remaining":1000,"percentUsed":0,"withinLimit":true}""", await service.Http.GetStringAsync("/api/tokens/today", Token));
        Assert.Equal("""{"date":"2026-11-22","usage":250,"limit":1000,"remaining":750,"percentUsed":25,"withinLimit":true}""", await PostAsync(service, "/api/tokens/today", """{"tokens":250}"""));
        Assert.Equal("""{"estimate":750,"limit":1000,"withinLimit":true}""", await PostAsync(service, "/api/tokens/check", """{"estimate":750}"""));
        Assert.Equal("""{"estimate":751,"limit":1000,"withinLimit":false}""", await PostAsync(service, "/api/tokens/check", """{"estimate":751}"""));
        Assert.Equal("""{"estimate":1,"limit":200,"withinLimit":false}""", await PostAsync(service, "/api/tokens/check", """{"estimate":1,"limit":200}"""));
        Assert.Equal("""{"date":"2026-11-22","usage":1250,"limit":1000,"remaining":0,"percentUsed":125,"withinLimit":false}""", await PostAsync(service, "/api/tokens/today", """{"tokens":1000}"""));
    }

    [Fact]
    public async Task Cost_is_that_of_the_command_for_one_question_and_for_many()
    {
        const string Question = """{"id":7,"model":"claude-sonnet-4-5","usage":{"input_tokens":1000,"output_tokens":100}}""";
        await using var service = await StartAsync();
        var cli = new Cli { Input = Question };
        var (_, answered, _) = await cli.RunAsync("price", "--jsonl", "-");
        Assert.Contains("\"cost_usd\":\"0.0045\"", answered, StringComparison.Ordinal);
        Assert.Equal(answered.TrimEnd('\n'), await PostAsync(service, "/api/prices/cost", Question));

        using var many = JsonDocument.Parse(await PostAsync(service, "/api/prices/cost", $$$"""[{{{Question}}},{"id":"b","model":"nobody-knows"},{"id":"c","model":"claude-sonnet-4-5","usage":{"input_tokens":-1}}]"""));
        Assert.Equal([null, "unknown_model", "invalid_usage"], many.RootElement.EnumerateArray().Select(answer => answer.GetProperty("error").GetString()));
        Assert.Equal(JsonValueKind.Null, many.RootElement[1].GetProperty("cost_usd").ValueKind);
        Assert.Equal("input_tokens is below zero", many.RootElement[2].GetProperty("detail").GetString());
        Assert.Equal("[]", await PostAsync(service, "/api/prices/cost", "[]"));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(service, HttpMethod.Post, "/api/prices/cost", $"[{string.Join(',', Enumerable.Repeat("{}", 1001))}]"));
    }

    [Fact]
    public async Task Prices_are_those_that_calls_are_priced_by()
    {
        await using var service = await StartAsync();
        using var one = await GetAsync(service, "/api/prices?model=claude-sonnet-4-5-20250929");
        var entry = Assert.Single(one.RootElement.GetProperty("items").EnumerateArray());
        var prices = entry.GetProperty("prices").EnumerateArray().ToDictionary(price => price.GetProperty("bucket").GetString()!, price => (price.GetProperty("usd").GetString(), price.GetProperty("per").GetInt64()));
        Assert.Equal(("3", 1_000_000L), prices["input"]);
        Assert.Equal(("15", 1_000_000L), prices["output"]);
        Assert.Equal(PriceBook.Embedded.Version, entry.GetProperty("price_version").GetString());

        using var some = await GetAsync(service, "/api/prices?provider=anthropic&page_size=3");
        Assert.All(some.RootElement.GetProperty("items").EnumerateArray(), item => Assert.Equal("anthropic", item.GetProperty("provider").GetString()));
        Assert.True(some.RootElement.GetProperty("has_more").GetBoolean());
        using var none = await GetAsync(service, "/api/prices?model=nobody-knows");
        Assert.Empty(none.RootElement.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Erased_user_is_gone_and_the_total_stays_and_the_audit_log_says_who_did_it()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"), Ledger.Call("bob"));
        var (key, settings) = ServiceUnderTest.NewKey("root", "admin,read");
        var (reader, ofReader) = ServiceUnderTest.NewKey("viewer", "read");
        await using var service = await StartAsync([.. settings, .. ofReader]);
        await service.StoreIsOpenAsync();
        using var client = service.Client(key);
        using var body = new StringContent("""{"user":"ada"}""", Encoding.UTF8, "application/json");
        using var erased = await client.PostAsync("/api/admin/erase", body, Token);
        using var counts = JsonDocument.Parse(await erased.Content.ReadAsStringAsync(Token));
        Assert.Equal((HttpStatusCode.OK, 1L), (erased.StatusCode, counts.RootElement.GetProperty("records").GetInt64()));

        var report = await service.Ledger.Reports.QueryAsync(service.Ledger.Reports.ThisDay() with { By = [CostExporter.SpendDimension.User] }, Token);
        Assert.Equal(["_erased", "bob"], report.Rows.Select(row => row[CostExporter.SpendDimension.User]).Order(StringComparer.Ordinal));
        Assert.Equal(0.006m, report.Total.Cost);

        using var other = service.Client(reader);
        using var again = new StringContent("""{"user":"bob"}""", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Forbidden, (await other.PostAsync("/api/admin/erase", again, Token)).StatusCode);
        var audit = service.Logs.Lines.Where(line => line.Category == "LlmTelemetry.Audit").Select(line => line.Text).ToArray();
        Assert.Equal(["root from 127.0.0.1: POST /api/admin/erase (user ada): 200", "viewer from 127.0.0.1: POST /api/admin/erase (-): 403"], audit);
        Assert.DoesNotContain(service.Logs.Lines, line => line.Text.Contains(key, StringComparison.Ordinal) || line.Text.Contains(reader, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pruned_hours_are_gone_and_days_stay()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada", at: new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero)), Ledger.Call("ada"));
        await using var service = await StartAsync();
        await service.StoreIsOpenAsync();
        using var pruned = JsonDocument.Parse(await PostAsync(service, "/api/admin/prune", """{"what":"hours","before":"2026-11-22"}"""));
        Assert.Equal(1, pruned.RootElement.GetProperty("deleted").GetInt64());
        Assert.Equal(0.006m, (await service.Ledger.Reports.QueryAsync(service.Ledger.Reports.ThisMonth(), Token)).Total.Cost);
    }

    [Fact]
    public async Task Tenants_key_sees_its_own_subjects_of_the_limits_that_are_per_tenant()
    {
        await using var app = await BudgetedApp.StartAsync(Store, options => options.Limits.Add(new BudgetLimit("seats", BudgetUnit.Requests, 10, BudgetWindow.Day, BudgetScope.Tenant)));
        foreach (var tenant in new[] { "acme", "other" })
        {
            await app.Budgets.ChargeAsync(new CallSubject(new Attribution(User: "ada", Tenant: tenant)), new CallAmounts(1, 0, null), Token);
        }

        var (key, settings) = ServiceUnderTest.NewKey("acme", "read", "acme");
        await using var service = await StartAsync(settings);
        using var client = service.Client(key);
        using var seen = JsonDocument.Parse(await client.GetStringAsync("/api/budgets", Token));
        var item = Assert.Single(seen.RootElement.GetProperty("items").EnumerateArray());
        Assert.Equal(("seats", "acme", 1m), (item.GetProperty("name").GetString(), item.GetProperty("subject").GetString(), item.GetProperty("used").GetDecimal()));
    }

    [Fact]
    public async Task Health_names_the_store_the_prices_and_the_exporters()
    {
        await Ledger.FillAsync(Store, null, Ledger.Call("ada"));
        await using var service = await StartAsync();
        await service.StoreIsOpenAsync();
        using var health = await GetAsync(service, "/api/health");
        var (root, store) = (health.RootElement, health.RootElement.GetProperty("store"));
        Assert.Equal(("ok", true), (root.GetProperty("status").GetString(), store.GetProperty("is_written").GetBoolean()));
        Assert.StartsWith("SQLite", store.GetProperty("kind").GetString(), StringComparison.Ordinal);
        Assert.Equal(PriceBook.Embedded.Version, root.GetProperty("prices").GetProperty("version").GetString());
        Assert.Equal(new DateOnly(2026, 11, 22).DayNumber - PriceBook.Embedded.Date.DayNumber, root.GetProperty("prices").GetProperty("age_days").GetInt32());
    }

    [Fact]
    public async Task Store_that_is_away_is_told_without_naming_it_to_who_has_no_key()
    {
        var port = Server.FreePort();
        await using var service = await ServiceUnderTest.StartAsync([("Store", $"redis://:secret@127.0.0.1:{port}"), ("StoreTimeout", "00:00:00.300"), ("Budgets:StoreTimeout", "00:00:00.300")]);
        using var answer = await service.Http.GetAsync("/api/budgets", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        using var health = await service.Http.GetAsync("/api/health", Token);
        var text = await health.Content.ReadAsStringAsync(Token) + await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains("\"status\":\"degraded\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Contains("\"isStale\":true", await service.Http.GetStringAsync("/api/tokens/today", Token), StringComparison.Ordinal);
    }

    private static async Task<JsonDocument> GetAsync(ServiceUnderTest service, string path) => JsonDocument.Parse(await service.Http.GetStringAsync(path, Token));

    private static async Task<string> PostAsync(ServiceUnderTest service, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await service.Http.PostAsync(path, content, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    private static async Task<HttpStatusCode> SendAsync(ServiceUnderTest service, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await service.Http.SendAsync(request, Token);
        return answer.StatusCode;
    }

    private Task<ServiceUnderTest> StartAsync(params (string Name, string Value)[] settings) => ServiceUnderTest.StartAsync([("Store", Store), .. settings], new ManualTime());
}
