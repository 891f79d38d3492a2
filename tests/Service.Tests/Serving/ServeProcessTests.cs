using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>The command as a process of its own: what it prints, how it ends, what becomes of a port in use.</summary>
public sealed class ServeProcessTests : IDisposable
{
    private const int Terminated = 143;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-serve-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Service_without_configuration_prints_where_its_page_is_and_ends_what_is_under_way_when_it_is_told_to_stop()
    {
        using var process = Start("serve", "--urls", "http://127.0.0.1:0");
        var line = await process.StandardOutput.ReadLineAsync(Token);
        Assert.Matches("^llmtelemetry: listening; the page is at http://127\\.0\\.0\\.1:[0-9]+/$", line);
        var url = new Uri(line![line!.IndexOf("http", StringComparison.Ordinal)..]);
        using var http = new HttpClient { BaseAddress = url };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/healthz", Token)).StatusCode);

        // A request whose body is still to come when the signal does.
        using var connection = new TcpClient();
        await connection.ConnectAsync(url.Host, url.Port, Token);
        await using var stream = connection.GetStream();
        await stream.WriteAsync("POST /api/tokens/today HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"tokens\""u8.ToArray(), Token);
        await Eventually.HoldsAsync(async () => (await http.GetAsync("/readyz", Token)).IsSuccessStatusCode, "it is ready");
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Token);
        await Eventually.HoldsAsync(() => Task.FromResult(!IsListening(url)), "nothing new is taken");
        await stream.WriteAsync(":5 }"u8.ToArray(), Token);
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 200 OK", await reader.ReadLineAsync(Token));

        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode is CommandLine.Ok or Terminated, $"{process.ExitCode}");
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "llmtelemetry.db")));
        var log = await process.StandardError.ReadToEndAsync(Token);
        Assert.All(log.Split('\n', StringSplitOptions.RemoveEmptyEntries), logged => Assert.Matches(@"^20\d\d-\d\d-\d\dT[\d:.]+Z (info|warn): ", logged));
    }

    [Fact]
    public async Task Keys_of_a_settings_file_that_changes_apply_at_once_and_logs_can_be_json()
    {
        var (first, second) = (ApiKey.New(), ApiKey.New());
        var file = Path.Combine(_folder.FullName, "settings.json");
        await File.WriteAllTextAsync(file, Settings(first.Hash), Token);
        using var process = Start("serve", "--urls", "http://127.0.0.1:0", "--config", file);
        var line = await process.StandardOutput.ReadLineAsync(Token);
        Assert.NotNull(line);
        using var http = new HttpClient { BaseAddress = new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]) };
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await StatusAsync(first.Key), await StatusAsync(second.Key)));

        await File.WriteAllTextAsync(file, Settings(second.Hash), Token);
        await Eventually.HoldsAsync(async () => await StatusAsync(second.Key) == HttpStatusCode.OK, "the changed key is taken");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(first.Key));

        process.Kill();
        var logged = (await process.StandardError.ReadToEndAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(logged, text => text.Contains("The changed keys are in use: web.", StringComparison.Ordinal));
        Assert.All(logged, text => JsonDocument.Parse(text).Dispose());

        async Task<HttpStatusCode> StatusAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/prices?model=x") { Headers = { { "X-Api-Key", key } } };
            using var answer = await http.SendAsync(request, Token);
            return answer.StatusCode;
        }

        static string Settings(string hash) =>
            $$$"""{"LlmTelemetry": {"Service": {"LogFormat": "json", "Keys": {"web": {"Hash": "{{{hash}}}", "Scopes": ["read", "write"]} } } } }""";
    }

    [Fact]
    public async Task Port_in_use_is_one_line_and_exit_code_1()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        var (exitCode, _, error) = await new Cli().RunAsync("serve", "--store", "sqlite::memory:", "--urls", service.Url.GetLeftPart(UriPartial.Authority));
        Assert.Equal(CommandLine.StoreProblem, exitCode);
        Assert.Contains("address already in use. Another process listens there; choose another with --urls.", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Certificate_that_is_none_is_one_line_that_names_its_section()
    {
        var file = Path.Combine(_folder.FullName, "own.pem");
        await File.WriteAllTextAsync(file, "no certificate", Token);
        var cli = new Cli();
        (cli.Environment["Kestrel__Endpoints__Main__Url"], cli.Environment["Kestrel__Endpoints__Main__Certificate__Path"]) = ("https://127.0.0.1:0", file);
        var (exitCode, _, error) = await cli.RunAsync("serve", "--store", "sqlite::memory:");
        Assert.Equal(CommandLine.BadArguments, exitCode);
        Assert.StartsWith("llmtelemetry: Kestrel: ", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_of_another_machine_is_one_line_and_exit_code_1()
    {
        var cli = new Cli();
        cli.Environment["LlmTelemetry__Service__Keys__web__Hash"] = "sha256:" + new string('0', 64);
        cli.Environment["LlmTelemetry__Service__Keys__web__Scopes"] = "read";
        var (exitCode, _, error) = await cli.RunAsync("serve", "--store", "sqlite::memory:", "--urls", "http://192.0.2.1:4320");
        Assert.Equal(CommandLine.StoreProblem, exitCode);
        Assert.StartsWith("llmtelemetry: It cannot listen on http://192.0.2.1:4320: ", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_of_another_zone_ends_the_service_with_one_line()
    {
        var cli = new Cli();
        var store = "sqlite:" + Path.Combine(_folder.FullName, "berlin.db");
        await Ledger.FillAsync(store, options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), Ledger.Call("ada"));
        var (exitCode, _, error) = await cli.RunAsync("serve", "--store", store, "--urls", "http://127.0.0.1:0");
        Assert.Equal(CommandLine.StoreProblem, exitCode);
        Assert.Contains("Europe/Berlin", error, StringComparison.Ordinal);
    }

    private static bool IsListening(Uri url)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(url.Host, url.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.Service.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("LlmTelemetry", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start)!;
    }
}
