using System.Globalization;
using System.Net;
using System.Text.Json;
using LlmTelemetry.Budgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.AspNetCore.Tests;

/// <summary>A real server on the loopback: what a client is answered whose call a budget refused.</summary>
public sealed class BudgetProblemTests
{
    private static readonly string[] Figures = ["limit", "used", "held", "remaining", "requested", "retryAfter"];

    private static readonly DateTimeOffset Midnight = new(2026, 11, 23, 1, 0, 0, TimeSpan.FromHours(1));

    // A user's own.
    private static readonly BudgetState Daily = new("daily", BudgetUnit.Usd, BudgetWindow.Day, BudgetScope.User, "ada", 0.01m, 0.0093m, 0.0005m, Midnight);

    // What others used.
    private static readonly BudgetState Shared = new("team", BudgetUnit.InputTokens, BudgetWindow.Hour, BudgetScope.Tenant, "acme", 70_000, 65_432, 1_111, Midnight);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refusal_of_ones_own_limit_is_429_with_the_time_to_wait_and_where_it_stands(bool withProblemDetails)
    {
        await using var app = await StartAsync(Over(Daily, 0.0006m, TimeSpan.FromSeconds(89.2)), withProblemDetails: withProblemDetails);
        var (response, body) = await GetAsync(app);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("90", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(("urn:llmtelemetry:problem:budget-exceeded", "Budget exceeded", 429, "/a%20route"), (Text(body, "type"), Text(body, "title"), body.GetProperty("status").GetInt32(), Text(body, "instance")));
        Assert.Equal(
            "The limit of 0.01 USD a day has no room for this call: 0.0093 used and 0.0005 held by calls under way, and it may need up to 0.0006. Try again in 90 seconds.",
            Text(body, "detail"));
        Assert.Equal(("daily", "usd", "day"), (Text(body, "limitName"), Text(body, "unit"), Text(body, "window")));
        Assert.Equal([0.01m, 0.0093m, 0.0005m, 0.0002m, 0.0006m, 90m], Figures.Select(name => body.GetProperty(name).GetDecimal()));
        Assert.Equal((Midnight, TimeSpan.Zero), (body.GetProperty("resetsAt").GetDateTimeOffset(), body.GetProperty("resetsAt").GetDateTimeOffset().Offset));
    }

    [Theory]
    [InlineData(BudgetScope.Global)]
    [InlineData(BudgetScope.Tenant)]
    [InlineData(BudgetScope.Feature | BudgetScope.Model)]
    [InlineData(BudgetScope.Tier)]
    [InlineData(BudgetScope.Provider)]
    public async Task What_others_used_is_not_told(BudgetScope scope)
    {
        await using var app = await StartAsync(Over(Shared with { Scope = scope }, 5_000, TimeSpan.FromMinutes(12)));
        var (response, body) = await GetAsync(app);

        Assert.Equal("720", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Equal("The shared limit of input tokens an hour has no room for this call. Try again in 12 minutes.", Text(body, "detail"));
        Assert.Equal(["limitName", "unit", "window", "requested", "resetsAt", "retryAfter"], Extensions(body));
        Assert.DoesNotMatch("acme|65.?432|1.?111|70.?000|3.?457|secret", body.GetRawText());
    }

    [Fact]
    public async Task Application_decides_whose_figures_are_told()
    {
        await using var app = await StartAsync(Over(Shared, 5_000, null), options => options.ShowFigures = state => state.Scope == BudgetScope.Tenant);
        await using var other = await StartAsync(Over(Daily, 5_000, null), options => options.ShowFigures = state => state.Scope == BudgetScope.Tenant);

        Assert.Equal(65_432, (await GetAsync(app)).Body.GetProperty("used").GetInt64());
        Assert.DoesNotContain("used", Extensions((await GetAsync(other)).Body));
        Assert.Throws<ArgumentNullException>(() => new BudgetProblemOptions { ShowFigures = null! });
    }

    [Fact]
    public async Task Call_that_never_fits_is_told_so_and_no_time_to_wait()
    {
        await using var app = await StartAsync(Over(Daily, 0.5m, null));
        var (response, body) = await GetAsync(app);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.False(response.Headers.Contains("Retry-After"));
        Assert.DoesNotContain("retryAfter", Extensions(body));
        Assert.EndsWith(" That is more than the whole limit: a shorter call may fit.", Text(body, "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_counted_and_not_estimated()
    {
        var state = new BudgetState("tier.requests_per_minute", BudgetUnit.Requests, BudgetWindow.Minute, BudgetScope.User, "ada", 10, 9, 1, Midnight);
        await using var app = await StartAsync(Over(state, 1, TimeSpan.FromSeconds(61)));

        Assert.Equal("The limit of 10 requests a minute has no room for this call: 9 used and 1 held by calls under way. Try again in 61 seconds.", Text((await GetAsync(app)).Body, "detail"));
    }

    [Fact]
    public async Task Session_that_is_used_up_ends_with_no_time_and_a_new_one_may_begin()
    {
        var state = new BudgetState("tier.session_length", BudgetUnit.SessionSeconds, BudgetWindow.Session, BudgetScope.User | BudgetScope.Session, "ada/s1", 1_800, 1_801, 0, null);
        await using var app = await StartAsync(Over(state, 1, null));
        var (_, body) = await GetAsync(app);

        Assert.Equal("The limit of 1,800 seconds a session has no room for this call: 1,801 used. A new session begins with the whole limit.", Text(body, "detail"));
        Assert.Equal(("session_seconds", "session", 0), (Text(body, "unit"), Text(body, "window"), body.GetProperty("remaining").GetInt64()));
        Assert.DoesNotContain("resetsAt", Extensions(body));
    }

    [Fact]
    public async Task Store_that_cannot_be_asked_is_503_and_worth_another_try()
    {
        await using var app = await StartAsync(new BudgetExceededException("secret", null, BudgetRefusal.StoreUnavailable, 0, TimeSpan.FromSeconds(1), limitName: "daily"));
        var (response, body) = await GetAsync(app);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.Equal(("urn:llmtelemetry:problem:budget-unavailable", 503, 1), (Text(body, "type"), body.GetProperty("status").GetInt32(), body.GetProperty("retryAfter").GetInt32()));
        Assert.Equal(["limitName", "retryAfter"], Extensions(body));
        Assert.Equal("daily", Text(body, "limitName"));
        Assert.Equal("Whether there is room for this call cannot be found out at the moment. Try again in a second.", Text(body, "detail"));
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_without_a_price_is_403_since_waiting_changes_nothing()
    {
        await using var app = await StartAsync(new BudgetExceededException("secret", Daily, BudgetRefusal.UnknownPrice, 0, null));
        var (response, body) = await GetAsync(app);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.False(response.Headers.Contains("Retry-After"));
        Assert.Equal(("urn:llmtelemetry:problem:price-unknown", "daily"), (Text(body, "type"), Text(body, "limitName")));
        Assert.DoesNotContain("requested", Extensions(body));
    }

    [Fact]
    public async Task Refusal_inside_other_exceptions_is_found()
    {
        var refusal = Over(Daily, 0.0006m, TimeSpan.FromSeconds(3));
        Exception[] wrapped =
        [
            new AggregateException(new TimeoutException(), new InvalidOperationException("outer", refusal)),
            new InvalidOperationException("outer", new AggregateException(new AggregateException(refusal))),
        ];
        foreach (var exception in wrapped)
        {
            await using var app = await StartAsync(exception);
            Assert.Equal(HttpStatusCode.TooManyRequests, (await GetAsync(app)).Response.StatusCode);
        }
    }

    [Fact]
    public async Task Other_exceptions_stay_errors_of_the_server()
    {
        await using var app = await StartAsync(new AggregateException(new TimeoutException("secret")));
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        var response = await http.GetAsync(new Uri("a route", UriKind.Relative), Stop);

        Assert.Equal((HttpStatusCode.InternalServerError, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Stop)));
    }

    [Fact]
    public async Task Response_that_was_begun_is_cut_off_and_nothing_is_written_into_it()
    {
        await using var app = await StartAsync(Over(Daily, 0.0006m, TimeSpan.FromSeconds(3)), before: async response =>
        {
            await response.WriteAsync("data: half an answer\n\n", Stop);
            await response.Body.FlushAsync(Stop);
        });
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        using var response = await http.GetAsync(new Uri("a route", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stop);
        await using var body = await response.Content.ReadAsStreamAsync(Stop);
        using var read = new MemoryStream();

        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(read, Stop));
        Assert.Equal((HttpStatusCode.OK, "data: half an answer\n\n"), (response.StatusCode, System.Text.Encoding.UTF8.GetString(read.ToArray())));
    }

    [Fact]
    public async Task Caller_who_accepts_no_JSON_is_told_why_all_the_same()
    {
        await using var app = await StartAsync(Over(Daily, 0.0006m, TimeSpan.FromSeconds(3)), withProblemDetails: true);
        var (response, body) = await GetAsync(app, "text/event-stream");

        Assert.Equal((HttpStatusCode.TooManyRequests, "application/problem+json", "daily"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType, Text(body, "limitName")));
    }

    [Fact]
    public async Task Customized_problem_details_customize_refusals_too()
    {
        await using var app = await StartAsync(Over(Daily, 0.0006m, TimeSpan.FromSeconds(3)), withProblemDetails: true);

        Assert.Equal("ours", Text((await GetAsync(app)).Body, "from"));
    }

    [Theory]
    [InlineData(0.2, "1", "in a second.")]
    [InlineData(119, "119", "in 119 seconds.")]
    [InlineData(121, "121", "in 3 minutes.")]
    [InlineData(7_201, "7201", "in 3 hours.")]
    [InlineData(2_000_000, "2000000", "in 24 days.")]
    public async Task Time_to_wait_is_rounded_up_to_what_a_person_reads(double seconds, string header, string text)
    {
        await using var app = await StartAsync(Over(Daily, 0.0006m, TimeSpan.FromSeconds(seconds)));
        var (response, body) = await GetAsync(app);

        Assert.Equal(header, Assert.Single(response.Headers.GetValues("Retry-After")));
        Assert.EndsWith(" Try again " + text, Text(body, "detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:15:00", "in 15 minutes")]
    [InlineData("7.00:00:00", "in 7 days")]
    [InlineData("02:00:00", "in 2 hours")]
    [InlineData("00:01:30.500", "in 90.5 seconds")]
    [InlineData("month", "a month")]
    public async Task Window_is_told_in_words(string window, string words)
    {
        await using var app = await StartAsync(Over(Daily with { Window = BudgetWindow.Parse(window) }, 0.0006m, null));
        var body = (await GetAsync(app)).Body;

        Assert.StartsWith($"The limit of 0.01 USD {words} has", Text(body, "detail"), StringComparison.Ordinal);
        Assert.Equal(BudgetWindow.Parse(window), BudgetWindow.Parse(Text(body, "window")!));
    }

    // A message of its own kind, so that a test sees when it gets out.
    private static BudgetExceededException Over(BudgetState state, decimal requested, TimeSpan? retryAfter) =>
        new("secret of " + state.Used.ToString(CultureInfo.InvariantCulture), state, BudgetRefusal.OverLimit, requested, retryAfter);

    private static string? Text(JsonElement body, string name) => body.GetProperty(name).GetString();

    private static IEnumerable<string> Extensions(JsonElement body) => body.EnumerateObject().Select(member => member.Name).Except(["type", "title", "status", "detail", "instance"]);

    private static async Task<WebApplication> StartAsync(
        Exception exception, Action<BudgetProblemOptions>? configure = null, bool withProblemDetails = false, Func<HttpResponse, Task>? before = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddBudgetExceptionHandler(configure);
        if (withProblemDetails)
        {
            builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context => context.ProblemDetails.Extensions["from"] = "ours");
        }

        var app = builder.Build();
        app.UseExceptionHandler();
        app.MapGet("/a route", async (HttpContext context) =>
        {
            await (before?.Invoke(context.Response) ?? Task.CompletedTask);
            throw exception;
        });
        await app.StartAsync(Stop);
        return app;
    }

    private static async Task<(HttpResponseMessage Response, JsonElement Body)> GetAsync(WebApplication app, string accept = "*/*")
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        http.DefaultRequestHeaders.Accept.ParseAdd(accept);
        var response = await http.GetAsync(new Uri("a route?secret=1", UriKind.Relative), Stop);
        return (response, JsonElement.Parse(await response.Content.ReadAsStringAsync(Stop)));
    }
}
