using System.Net;
using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Tests.Serving;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests;

/// <summary>Statistics, reports and records over HTTP, from a real ledger at noon of 22 November 2026.</summary>
public sealed class UsageApiTests : IDisposable
{
    private static readonly DateTimeOffset Yesterday = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-api-");
    private readonly Cli _cli = new();

    private string Store => "sqlite:" + Path.Combine(_folder.FullName, "ledger.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("api/reports", "report")]
    [InlineData("api/reports?by=user,model", "report", "--by", "user,model")]
    [InlineData("api/reports?by=user&by=day&from=2026-11-20&to=2026-11-22&format=csv", "report", "--by", "user,day", "--from", "2026-11-20", "--to", "2026-11-22")]
    [InlineData("api/reports?by=feature&where=user=ada&period=today", "report", "--by", "feature", "--where", "user=ada", "--today")]
    [InlineData("api/reports?by=feature&user=ada&period=month", "report", "--by", "feature", "--where", "user=ada", "--month")]
    [InlineData("api/reports?by=user&user=&period=year", "report", "--by", "user", "--where", "user=", "--year")]
    [InlineData("api/reports?by=user&period=2026-11&sort=name&limit=1", "report", "--by", "user", "--month", "2026-11", "--sort", "name", "--top", "1")]
    [InlineData("api/reports?by=user&period=2026", "report", "--by", "user", "--year", "2026")]
    [InlineData("api/reports?by=day&period=7d", "report", "--by", "day", "--last", "7d")]
    [InlineData("api/reports?period=2026-11-21&success=true&sessions=true", "report", "--from", "2026-11-21", "--to", "2026-11-21", "--where", "success=true", "--sessions")]
    [InlineData("api/reports?by=session&time_zone=Europe/Berlin", "report", "--by", "session", "--time-zone", "Europe/Berlin")]
    [InlineData("api/top?of=user&limit=1", "top", "user", "--count", "1")]
    [InlineData("api/top?of=model&period=today&format=csv", "top", "model", "--today")]
    [InlineData("api/top?of=user&tenant=acme", "top", "user", "--tenant", "acme")]
    [InlineData("api/trend?by=user", "trend", "--by", "user")]
    [InlineData("api/trend?by=model&from=2026-11-21&to=2026-11-21", "trend", "--by", "model", "--from", "2026-11-21", "--to", "2026-11-21")]
    [InlineData("api/forecast?user=ada", "forecast", "--where", "user=ada")]
    public async Task Answer_is_what_the_command_line_prints(string path, params string[] verb)
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store);

        var (exitCode, output, _) = await _cli.RunAsync([.. verb, "--format", path.Contains("format=csv", StringComparison.Ordinal) ? "csv" : "json", "--store", Store]);

        Assert.Equal(0, exitCode);
        Assert.Equal(output, await api.GetAsync(path));
    }

    [Theory]
    [InlineData("json", "application/json")]
    [InlineData("jsonl", "application/jsonl")]
    [InlineData("csv", "text/csv")]
    public async Task Records_come_as_the_command_line_prints_them(string format, string type)
    {
        await FillAsync();
        _cli.Environment["LlmTelemetry__Records"] = "Store";
        await using var api = await ServedApi.StartAsync(Store);

        var (_, output, error) = await _cli.RunAsync("records", "--where", "user=bob", "--limit", "1", "--format", format, "--store", Store);
        using var response = await api.Client.GetAsync(new Uri($"api/records?user=bob&limit=1&format={format}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.NotEmpty(output);
        Assert.Equal(output, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal((type, "utf-8", true), (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentType.CharSet, response.Headers.CacheControl!.NoStore));
        Assert.True(format == "json" || error.Length > 0, error);
    }

    [Fact]
    public async Task Pages_of_records_follow_each_other_by_the_link_and_a_record_is_found_by_its_id()
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store);

        List<string> ids = [];
        for (var path = "/api/records?limit=2&oldest_first=true&from=2026-11-21"; path is not null;)
        {
            using var response = await api.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            ids.AddRange(page.RootElement.GetProperty("records").EnumerateArray().Select(record => record.GetProperty("id").GetString()!));
            path = response.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }

        Assert.Equal((5, 5), (ids.Count, ids.Distinct().Count()));
        using var one = JsonDocument.Parse(await api.GetAsync("api/records/" + ids[3]));
        Assert.Equal(ids[3], one.RootElement.GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await api.AskAsync("api/records/" + Guid.NewGuid())).Status);
    }

    [Fact]
    public async Task Statistics_have_all_today_the_month_and_the_period_by_what_it_went_to()
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store);

        using var json = JsonDocument.Parse(await api.GetAsync("api/usage?period=2026-11-21&limit=1"));
        var all = json.RootElement;

        Assert.Equal(("2026-11-22T12:00:00+00:00", "UTC", "USD"), (all.GetProperty("at").GetString(), all.GetProperty("time_zone").GetString(), all.GetProperty("currency").GetString()));
        Assert.Equal((6, 0.0225m, 1), Sums(all.GetProperty("totals")));
        Assert.Equal((3, 0.012m, 1), Sums(all.GetProperty("today")));
        Assert.Equal((5, 0.0195m, 1), Sums(all.GetProperty("month")));
        Assert.Equal((2, 0.0075m, 0), Sums(all.GetProperty("current_period")));
        Assert.Equal(("2026-11-21", "2026-11-21"), (all.GetProperty("current_period").GetProperty("from").GetString(), all.GetProperty("current_period").GetProperty("to").GetString()));
        Assert.Equal(["bob", null], all.GetProperty("by_user").EnumerateArray().Select(row => row.GetProperty("user").GetString()));
        Assert.Equal([false, true], all.GetProperty("by_user").EnumerateArray().Select(row => row.GetProperty("other").GetBoolean()));
        Assert.All(["by_provider", "by_model", "by_user", "by_feature"], name => Assert.Equal(0.0075m, all.GetProperty(name).EnumerateArray().Sum(row => row.GetProperty("cost").GetDecimal())));
    }

    [Fact]
    public async Task Statistics_of_a_filter_are_of_that_throughout_and_what_has_no_price_is_null()
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store);

        using var json = JsonDocument.Parse(await api.GetAsync("api/usage?model=nobody-knows"));

        Assert.All(["totals", "today", "month", "current_period"], name =>
        {
            Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty(name).GetProperty("cost").ValueKind);
            Assert.Equal(1, json.RootElement.GetProperty(name).GetProperty("unpriced").GetInt32());
        });
    }

    [Fact]
    public async Task Money_keeps_every_digit()
    {
        // 6 USD for a million tokens of so long a prompt: more digits than a double has.
        await Ledger.FillAsync(Store, null, [.. Enumerable.Repeat(0, 3).Select(_ => Ledger.Call("ada", 2_999_999_999_999)), Ledger.Call("ada", 1)]);
        await using var api = await ServedApi.StartAsync(Store);

        Assert.Contains("\"cost\": 53999999.999985,", await api.GetAsync("api/usage"));
    }

    [Theory]
    [InlineData("api/usage?colour=red", "colour")]
    [InlineData("api/usage?period=fortnight", "period")]
    [InlineData("api/usage?period=today&from=2026-11-01", "period")]
    [InlineData("api/usage?limit=0", "limit")]
    [InlineData("api/usage?limit=1001", "limit")]
    [InlineData("api/usage?sort=colour", "sort")]
    [InlineData("api/usage?user=ada&user=bob", "user")]
    [InlineData("api/usage?user=ada&where=user=bob", "where")]
    [InlineData("api/usage?day=2026-11-01", "day")]
    [InlineData("api/reports?by=colour", "by")]
    [InlineData("api/reports?where=ada", "where")]
    [InlineData("api/reports?where=day=2026-11-01", "where")]
    [InlineData("api/reports?from=1.11.2026", "from")]
    [InlineData("api/reports?to=2026-13-01", "to")]
    [InlineData("api/reports?success=maybe", "success")]
    [InlineData("api/reports?sessions=1", "sessions")]
    [InlineData("api/reports?format=xml", "format")]
    [InlineData("api/reports?time_zone=Mars", "time_zone")]
    [InlineData("api/reports?limit=10001", "limit")]
    [InlineData("api/reports?From=2026-11-01", "From")]
    [InlineData("api/top", "of")]
    [InlineData("api/top?of=day", "of")]
    [InlineData("api/trend?limit=3", "limit")]
    [InlineData("api/forecast?period=month", "period")]
    [InlineData("api/forecast?success=true", "success")]
    [InlineData("api/records?after=nowhere", "after")]
    [InlineData("api/records?limit=many", "limit")]
    [InlineData("api/records?from=2026-11-01T12:00:00", "from")]
    [InlineData("api/records?oldest_first=yes", "oldest_first")]
    [InlineData("api/records/17", "id")]
    public async Task Wrong_parameter_is_refused_by_its_name(string path, string parameter)
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store);

        var (status, body) = await api.AskAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        using var problem = JsonDocument.Parse(body);
        Assert.Equal((400, parameter), (problem.RootElement.GetProperty("status").GetInt32(), problem.RootElement.GetProperty("parameter").GetString()));
        Assert.DoesNotContain("--", problem.RootElement.GetProperty("detail").GetString());
        Assert.DoesNotContain("Parameter '", body);
    }

    [Theory]
    [InlineData("api/reports?from=2026-11-22&to=2026-11-01")]
    [InlineData("api/reports?from=2010-01-01&to=2010-01-02")]
    [InlineData("api/trend?by=day")]
    [InlineData("api/trend?period=2026-12")]
    [InlineData("api/forecast?session=s1")]
    [InlineData("api/records?quality=good")]
    public async Task What_contradicts_itself_is_refused(string path)
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store);

        Assert.Equal(HttpStatusCode.BadRequest, (await api.AskAsync(path)).Status);
    }

    [Theory]
    [InlineData("api/usage")]
    [InlineData("api/reports?by=user,tenant")]
    [InlineData("api/reports?by=session&tag:plan=&from=2026-11-16")]
    [InlineData("api/top?of=user")]
    [InlineData("api/top?of=tenant")]
    [InlineData("api/trend?by=user&period=today")]
    [InlineData("api/forecast")]
    [InlineData("api/records")]
    public async Task Tenants_key_sees_its_tenant_alone(string path)
    {
        await FillAsync();
        var (acme, acmes) = ServiceUnderTest.NewKey("acme-web", "read", "acme");
        var (all, alls) = ServiceUnderTest.NewKey("all", "read");
        await using var api = await ServedApi.StartAsync(Store, [.. acmes, .. alls]);
        var and = path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?");

        var (_, filtered) = await ServedApi.AskAsync(api.With(all), and + "tenant=acme");

        Assert.Equal((HttpStatusCode.OK, filtered), await ServedApi.AskAsync(api.With(acme), path));
        Assert.DoesNotContain("bob", filtered);
        Assert.Contains(path == "api/records" ? "0.009" : "0.009000", filtered);
        Assert.Equal(HttpStatusCode.Forbidden, (await ServedApi.AskAsync(api.With(acme), and + "tenant=globex")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await ServedApi.AskAsync(api.With(acme), and + "where=tenant=")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.AskAsync(path)).Status);
    }

    [Fact]
    public async Task Record_of_another_tenant_is_not_there()
    {
        await FillAsync();
        var (acme, acmes) = ServiceUnderTest.NewKey("acme-web", "read", "acme");
        var (all, alls) = ServiceUnderTest.NewKey("all", "read");
        await using var api = await ServedApi.StartAsync(Store, [.. acmes, .. alls]);
        var (others, own) = (await IdAsync("tenant=globex"), await IdAsync("tenant=acme"));

        Assert.Equal(HttpStatusCode.NotFound, (await ServedApi.AskAsync(api.With(acme), "api/records/" + others)).Status);
        Assert.Equal(HttpStatusCode.OK, (await ServedApi.AskAsync(api.With(acme), "api/records/" + own)).Status);

        async Task<string> IdAsync(string filter)
        {
            using var page = JsonDocument.Parse((await ServedApi.AskAsync(api.With(all), "api/records?" + filter)).Body);
            return page.RootElement.GetProperty("records")[0].GetProperty("id").GetString()!;
        }
    }

    [Fact]
    public async Task Answer_with_too_many_rows_says_how_to_ask_for_fewer()
    {
        await Ledger.FillAsync(Store, null, [.. Enumerable.Range(0, 10_001).Select(n => Ledger.Call($"user-{n}"))]);
        await using var api = await ServedApi.StartAsync(Store);

        var (status, body) = await api.AskAsync("api/reports?by=user");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("10,001 rows", body);
        Assert.Contains("limit=", body);
        using var first = JsonDocument.Parse(await api.GetAsync("api/reports?by=user&limit=10000"));
        Assert.Equal(10_001, first.RootElement.GetProperty("rows").GetArrayLength());
        Assert.Equal(1, first.RootElement.GetProperty("rows").EnumerateArray().Single(row => row.GetProperty("other").GetBoolean()).GetProperty("calls").GetInt32());
    }

    [Fact]
    public async Task Store_that_is_away_is_503_with_when_to_try_again_and_nothing_of_its_address()
    {
        await using var redis = await RedisServer.StartAsync();
        await Ledger.FillAsync(redis.Address, null, Ledger.Call("ada"));
        await using var api = await ServedApi.StartAsync(redis.Address);
        await redis.KillAsync();

        using var response = await api.Client.GetAsync(new Uri("api/usage", UriKind.Relative), TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.DoesNotContain("127.0.0.1", body);
        await redis.RestartAsync();
        await Eventually.HoldsAsync(async () => (await api.AskAsync("api/usage")).Status == HttpStatusCode.OK, "the store is read again");
    }

    [Fact]
    public async Task Records_that_are_not_kept_are_said_to_be_so()
    {
        await FillAsync();
        await using var api = await ServedApi.StartAsync(Store, ("Records", "None"));

        var (status, body) = await api.AskAsync("api/records");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("LlmTelemetry__Records", body);
    }

    [Fact]
    public async Task Document_names_every_parameter_that_is_taken()
    {
        await using var api = await ServedApi.StartAsync(Store);
        using var document = JsonDocument.Parse(await api.GetAsync("openapi/v1.json"));
        (string Path, IReadOnlyList<ApiParameter> Taken)[] endpoints =
        [
            ("/api/usage", ReportAnswers.OfStatistics), ("/api/reports", ReportAnswers.OfReport), ("/api/top", ReportAnswers.OfTop),
            ("/api/trend", ReportAnswers.OfTrend), ("/api/forecast", ReportAnswers.OfForecast), ("/api/records", RecordAnswers.OfPage),
        ];

        foreach (var (path, taken) in endpoints)
        {
            var named = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString());
            Assert.Equal(taken.Select(parameter => parameter.Name), named);
        }
    }

    [Fact]
    public async Task Ledger_that_keeps_no_sums_is_told_from_one_that_has_none()
    {
        await using var api = await ServedApi.StartAsync(Store, ("Aggregates", "false"));

        var (status, body) = await api.AskAsync("api/usage");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("keeps no sums", body);
    }

    private static (int Calls, decimal Cost, int Unpriced) Sums(JsonElement sums) => (sums.GetProperty("calls").GetInt32(), sums.GetProperty("cost").GetDecimal(), sums.GetProperty("unpriced").GetInt32());

    private Task FillAsync() => Ledger.FillAsync(
        Store, options => options.Records.Keep = RecordKeeping.Store,
        Ledger.Call(null, 3_000, at: Yesterday.AddDays(1), whose: new Attribution("ada", "acme", "search", Session: "s1")),
        Ledger.Call("bob", 1_000),
        Ledger.Call("bob", 2_000, at: Yesterday),
        Ledger.Call(null, 500, at: Yesterday, whose: new Attribution("eve", "globex", "chat")),
        Ledger.Call("carl", 1_000, model: "nobody-knows"),
        Ledger.Call("ada", 1_000, at: Yesterday.AddMonths(-1)));
}
