using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.EndToEnd.Tests.AspNetChat;

/// <summary>samples/AspNetChat over HTTP: whose a call is, what each answer cost, and that page, answer and ledger agree.</summary>
public sealed class ChatTests
{
    // claude-haiku-4-5: 1 USD per million tokens in, 5 out. The stand-in for the provider counts 4 characters a token: of a question of 11 characters
    // 3, of its answer of 69 characters 18. 3 x 1 + 18 x 5 = 93 millionths.
    private const string Question = "Hello there";
    private const decimal Cost = 0.000093m;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answer_comes_in_pieces_and_ends_with_its_cost_which_the_ledger_has_for_the_signed_in_user()
    {
        await using var server = await ChatServer.StartAsync();
        using var ada = await SignInAsync(server, "ada");
        using var bob = await SignInAsync(server, "bob");

        var events = await AskAsync(ada);
        await AskAsync(bob);
        var summary = await ada.PostAsJsonAsync("/chat/summary", new[] { new { isUser = true, text = Question } }, Token);

        Assert.True(events.Count(e => e.Name == "text") > 5);
        var (name, data) = events[^1];
        Assert.Equal(("cost", Cost, "$0.000093", 21L, "Reported"), (name, data.GetProperty("usd").GetDecimal(), data.GetProperty("text").GetString(), data.GetProperty("tokens").GetInt64(), data.GetProperty("quality").GetString()));
        Assert.True((await summary.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("cost").GetProperty("usd").GetDecimal() > 0);

        var spend = await ada.GetFromJsonAsync<JsonElement>("/spend", Token);
        Assert.Equal(["ada|/chat", "ada|summary", "bob|/chat"], spend.EnumerateArray().Select(row => $"{row.GetProperty("user")}|{row.GetProperty("feature")}").Order(StringComparer.Ordinal));

        // Another process reads the same from the store.
        await using var reports = await UsageReports.OpenAsync(server.Store, cancellationToken: Token);
        var query = new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today, By = [SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature] };
        var row = Assert.Single((await reports.QueryAsync(query, Token)).Rows, row => row[SpendDimension.User] == "bob");
        Assert.Equal(("acme", "/chat", 1L, Cost), (row[SpendDimension.Tenant], row[SpendDimension.Feature], row.Calls, row.Cost));
    }

    [Fact]
    public async Task Nobody_sees_what_another_tenant_spends()
    {
        await using var server = await ChatServer.StartAsync();
        using var ada = await SignInAsync(server, "ada");
        using var cleo = await SignInAsync(server, "cleo");

        await AskAsync(ada);

        Assert.Equal(1, (await ada.GetFromJsonAsync<JsonElement>("/spend", Token)).GetArrayLength());
        Assert.Equal(0, (await cleo.GetFromJsonAsync<JsonElement>("/spend", Token)).GetArrayLength());
    }

    [Fact]
    public async Task Visitor_who_leaves_half_way_is_a_cancelled_call_in_the_ledger()
    {
        await using var server = await ChatServer.StartAsync();
        using var cleo = await SignInAsync(server, "cleo");
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/chat") { Content = JsonContent.Create(new[] { new { isUser = true, text = string.Join(' ', Enumerable.Repeat(Question, 200)) } }) })
        {
            using var response = await cleo.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            await using var body = await response.Content.ReadAsStreamAsync(Token);
            Assert.NotEqual(0, await body.ReadAsync(new byte[16], Token));
        }

        await TestKit.Eventually.HoldsAsync(
            async () => (await cleo.GetFromJsonAsync<JsonElement>("/spend", Token)).EnumerateArray().Any(row => row.GetProperty("user").GetString() == "cleo"),
            "the call is in the ledger");
        await using var reports = await UsageReports.OpenAsync(server.Store, cancellationToken: Token);
        var total = (await reports.QueryAsync(new UsageReportQuery { From = reports.Today.AddDays(-1), To = reports.Today }, Token)).Total;
        Assert.Equal((1L, 1L, 0L), (total.Calls, total.Cancelled, total.Failed));
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_refused_and_costs_nothing()
    {
        await using var server = await ChatServer.StartAsync();
        using var nobody = new HttpClient { BaseAddress = server.Address };

        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PostAsJsonAsync("/chat", new[] { new { isUser = true, text = Question } }, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await nobody.PostAsync("/login/mallory", null, Token)).StatusCode);

        using var ada = await SignInAsync(server, "ada");
        Assert.Equal(HttpStatusCode.BadRequest, (await ada.PostAsJsonAsync("/chat", Array.Empty<object>(), Token)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ada.PostAsJsonAsync("/chat", new object?[] { null }, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await ada.PostAsJsonAsync("/chat", new[] { new { isUser = true, text = new string('a', 20_001) } }, Token)).StatusCode);
        Assert.Equal(0, (await ada.GetFromJsonAsync<JsonElement>("/spend", Token)).GetArrayLength());
    }

    [Fact]
    public async Task User_who_has_nothing_left_is_answered_429_and_when_to_come_back_and_others_go_on()
    {
        await using var server = await ChatServer.StartAsync();
        using var ada = await SignInAsync(server, "ada");
        using var bob = await SignInAsync(server, "bob");
        var before = await DailyAsync(ada);
        var today = DateTimeOffset.UtcNow;

        // Of 0.005 USD a day each takes 0.003: 500 tokens in and 500 out.
        var essay = new[] { new { isUser = true, text = string.Concat(Enumerable.Repeat("word ", 400)) } };
        var first = await ada.PostAsJsonAsync("/chat", essay, Token);
        Assert.Contains("event: cost", await first.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        var refused = await ada.PostAsJsonAsync("/chat", essay, Token);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>(Token);
        var summary = await ada.PostAsJsonAsync("/chat/summary", essay, Token);

        Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType?.MediaType));
        Assert.Equal(("Budget exceeded", "daily", "usd", "day"), (Text(problem, "title"), Text(problem, "limitName"), Text(problem, "unit"), Text(problem, "window")));
        Assert.Equal((0.005m, 0.003m, 0m, 0.002m), (Amount(problem, "limit"), Amount(problem, "used"), Amount(problem, "held"), Amount(problem, "remaining")));
        Assert.StartsWith("The limit of 0.005 USD a day has no room for this call: 0.003 used, and it may need up to 0.00", Text(problem, "detail"), StringComparison.Ordinal);
        Assert.Matches(@" Try again in \d+ (seconds|minutes|hours)\.$", Text(problem, "detail")!);
        Assert.Equal(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, problem.GetProperty("retryAfter").GetDouble());
        Assert.InRange(problem.GetProperty("resetsAt").GetDateTimeOffset(), today, today.AddDays(2));
        Assert.Equal(HttpStatusCode.TooManyRequests, summary.StatusCode);

        // What was refused cost nothing, and took nothing.
        Assert.Equal((0.005m, 0.002m), (before, await DailyAsync(ada)));
        Assert.Equal(["ada|1|0.003000"], (await ada.GetFromJsonAsync<JsonElement>("/spend", Token)).EnumerateArray().Select(row => $"{Text(row, "user")}|{row.GetProperty("calls")}|{row.GetProperty("usd").GetDecimal():0.000000}"));
        Assert.Equal("cost", (await AskAsync(bob))[^1].Name);
    }

    internal static async Task<HttpClient> SignInAsync(ChatServer server, string user)
    {
        var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), UseProxy = false }) { BaseAddress = server.Address };
        (await client.PostAsync("/login/" + user, null, Token)).EnsureSuccessStatusCode();
        return client;
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static decimal Amount(JsonElement json, string name) => json.GetProperty(name).GetDecimal();

    // What is left of the day's USD.
    private static async Task<decimal> DailyAsync(HttpClient client) =>
        Amount((await client.GetFromJsonAsync<JsonElement>("/quota", Token)).GetProperty("limits").EnumerateArray().Single(limit => Text(limit, "name") == "daily"), "remaining");

    internal static async Task<List<(string Name, JsonElement Data)>> AskAsync(HttpClient client)
    {
        using var response = await client.PostAsJsonAsync("/chat", new[] { new { isUser = true, text = Question } }, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        List<(string, JsonElement)> events = [];
        await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(await response.Content.ReadAsStreamAsync(Token)).EnumerateAsync(Token))
        {
            events.Add((item.EventType, JsonElement.Parse(item.Data)));
        }

        return events;
    }
}
