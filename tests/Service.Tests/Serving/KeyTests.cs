using System.Net;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>Keys: what is right, what is told of wrong ones, and how they are made and changed.</summary>
public sealed partial class KeyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Key_is_taken_in_either_header_and_a_wrong_one_is_told_nothing_of_the_right_one()
    {
        var (key, settings) = ServiceUnderTest.NewKey("web", "read");
        await using var service = await ServiceUnderTest.StartAsync(settings);
        using var bearer = service.Client(key);
        Assert.Equal(HttpStatusCode.OK, (await bearer.GetAsync("/api/tokens/today", Token)).StatusCode);
        using var own = new HttpRequestMessage(HttpMethod.Get, "/api/tokens/today") { Headers = { { "X-Api-Key", key } } };
        Assert.Equal(HttpStatusCode.OK, (await service.Http.SendAsync(own, Token)).StatusCode);

        using var none = await service.Http.GetAsync("/api/tokens/today", Token);
        Assert.Equal("Bearer", none.Headers.WwwAuthenticate.ToString());
        using var other = service.Client(key[..^1] + (key[^1] == 'A' ? 'B' : 'A'));
        using var wrong = await other.GetAsync("/api/tokens/today", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal("application/problem+json", wrong.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("web", await wrong.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_that_may_not_is_told_what_it_needs()
    {
        var (key, settings) = ServiceUnderTest.NewKey("collector", "write");
        await using var service = await ServiceUnderTest.StartAsync(settings);
        using var client = service.Client(key);
        using var answer = await client.GetAsync("/api/tokens/today", Token);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("insufficient_scope", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("This needs a key with read; this one has write.", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_keys_apply_without_a_restart_and_wrong_or_no_keys_change_nothing()
    {
        var (key, settings) = ServiceUnderTest.NewKey("web", "read");
        await using var service = await ServiceUnderTest.StartAsync(settings);
        using var client = service.Client(key);
        var (next, changed) = ServiceUnderTest.NewKey("web", "read");
        using var later = service.Client(next);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(later));

        service.Configuration["LlmTelemetry:Service:Keys:web:Hash"] = "nonsense";
        service.Configuration.Reload();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));
        Assert.Contains(service.Logs.Lines, line => line.Text.Contains("the old keys stay", StringComparison.Ordinal) && !line.Text.Contains("nonsense", StringComparison.Ordinal));

        service.Configuration["LlmTelemetry:Service:Keys:web:Hash"] = changed[0].Value;
        service.Configuration.Reload();
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await StatusAsync(client), await StatusAsync(later)));

        static async Task<HttpStatusCode> StatusAsync(HttpClient client)
        {
            using var answer = await client.GetAsync("/api/tokens/today", Token);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task New_key_is_printed_once_with_settings_that_it_is_right_for()
    {
        var (exitCode, output, error) = await new Cli().RunAsync("serve", "--new-key", "web", "--scopes", "read,write", "--tenant", "acme");
        Assert.Equal((CommandLine.Ok, ""), (exitCode, error));
        var key = output.Split('\n')[0];
        Assert.Matches("^llmt_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(1, output.Split(key).Length - 1);

        var settings = Setting().Matches(output).Select(match => (match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal), match.Groups[2].Value)).ToArray();
        Assert.Equal(3, settings.Length);
        await using var service = await ServiceUnderTest.StartAsync(settings);
        using var client = service.Client(key);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/prices", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/tokens/today", Token)).StatusCode);
    }

    [Theory]
    [InlineData("serve --new-key a/b", "'a/b' is no name of a key")]
    [InlineData("serve --new-key a --scopes everything", "'everything' is no scope")]
    [InlineData("serve --new-key a --scopes admin --tenant acme", "A tenant's key cannot have admin")]
    [InlineData("serve --new-key a --tenant ", "'' is no tenant")]
    [InlineData("serve --scopes read", "say --new-key NAME")]
    [InlineData("serve --urls ftp://127.0.0.1", "'ftp://127.0.0.1' is nowhere to listen")]
    [InlineData("serve --urls http://127.0.0.1:99999", "is nowhere to listen")]
    [InlineData("serve --urls http://0.0.0.0:4320", "is reached from other machines")]
    [InlineData("serve --urls http://costs.example:4320", "is reached from other machines")]
    [InlineData("serve --urls http://*:4320", "is reached from other machines")]
    [InlineData("serve --urls http://127.0.0.1:0;http://[::]:4320", "is reached from other machines")]
    [InlineData("serve --config /nowhere/settings.json", "/nowhere/settings.json")]
    [InlineData("serve --store nonsense", "none of the known schemes")]
    public async Task Wrong_arguments_are_one_line_and_nothing_starts(string line, string said)
    {
        var (exitCode, output, error) = await new Cli().RunAsync(line.Split(' '));
        Assert.Equal((CommandLine.BadArguments, ""), (exitCode, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("Service:RequestsPerSecond", "0", "a whole number above 0")]
    [InlineData("Service:LogFormat", "xml", "text or json")]
    [InlineData("Service:Keys:web:Scopes", "root", "read, write, admin")]
    [InlineData("Service:Keys:web:Hash", "sha256:00", "never the key itself")]
    [InlineData("Service:Keys:web:Tenant", " ", "It is empty")]
    [InlineData("DailyBudgets:nobody", "5", "is no budget")]
    [InlineData("Budgets:DailyTokenLimit", "-1", "a whole number above 0")]
    [InlineData(":Logging:LogLevel:Default", "Chatty", "Logging:LogLevel:Default: 'Chatty' is not right here; it must be one of: Trace")]
    [InlineData(":Logging:Console:LogLevel:Default", "Chatty", "Logging:Console:LogLevel:Default: 'Chatty'")]
    public async Task Wrong_setting_fails_at_the_start_and_says_what_would_be_right(string name, string value, string said)
    {
        var (_, key) = ServiceUnderTest.NewKey("web", "read");
        var settings = name.StartsWith("Service:Keys", StringComparison.Ordinal) ? key.Where(setting => setting.Name != name).Append((name, value)) : [(name, value)];
        var problem = await Assert.ThrowsAnyAsync<Exception>(() => ServiceUnderTest.StartAsync(settings));
        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_names_of_one_key_are_refused()
    {
        var (_, settings) = ServiceUnderTest.NewKey("web", "read");
        var problem = await Assert.ThrowsAnyAsync<Exception>(() => ServiceUnderTest.StartAsync([.. settings, ("Service:Keys:zoe:Hash", settings[0].Value), ("Service:Keys:zoe:Scopes", "admin")]));
        Assert.Contains("LlmTelemetry:Service:Keys:zoe:Hash: It is also that of web", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_setting_is_warned_of()
    {
        await using var service = await ServiceUnderTest.StartAsync([("Service:Url", "http://127.0.0.1:1")]);
        Assert.Contains(service.Logs.Lines, line => line.Text.StartsWith("LlmTelemetry:Service:Url is not a setting", StringComparison.Ordinal));
        Assert.DoesNotContain(service.Logs.Lines, line => line.Text.StartsWith("LlmTelemetry:Service is not a setting", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^LlmTelemetry__(Service__Keys__\w+__\w+)=(.+)$", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
