using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>Redis compares the texts of scripts by the locale that it is started in, which sorts bytes of numbers anyhow.</summary>
public sealed class RedisLocaleTests : IDisposable
{
    private const string Locale = "en_US.UTF-8";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-locale-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Records_of_any_time_are_kept_by_a_server_of_another_locale()
    {
        var port = Server.FreePort();
        await MakeLocaleAsync();
        await using var server = Server.Start(
            "/usr/bin/env",
            [$"LOCPATH={_folder.FullName}", $"LC_ALL={Locale}", Server.Need("redis-server"), "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", ""]);
        await Eventually.HoldsAsync(() => AnswersAsync(port), "redis-server answers");
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var store = RecordStores.Create(new CostExporterOptions { Store = $"redis://127.0.0.1:{port}", TimeProvider = time })!;
        await store.OpenAsync(Stop);

        // A record every 50 minutes up to now: all within 30 days.
        await store.WriteAsync([.. Enumerable.Range(0, 800).Select(n => RecordCases.Make(n, time.GetUtcNow().AddMinutes(-50 * n)))], Stop);

        Assert.Equal(800, (await store.FindAsync([.. Enumerable.Range(0, 800).Select(n => RecordCases.Make(n, time.GetUtcNow()).Id)], Stop)).Count);
    }

    private async Task MakeLocaleAsync()
    {
        if (Server.Find("localedef") is not { } program)
        {
            Assert.Skip("localedef is not on PATH");
            return;
        }

        using var made = Process.Start(new ProcessStartInfo(program, ["-i", "en_US", "-f", "UTF-8", Path.Combine(_folder.FullName, Locale)]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await made.WaitForExitAsync(Stop);
        Assert.SkipUnless(Directory.Exists(Path.Combine(_folder.FullName, Locale)), "this machine has no sources of locales");
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, Stop);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
