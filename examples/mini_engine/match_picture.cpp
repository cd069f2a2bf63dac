// The picture of a match, written as plain SVG: on the left where everything went, on the right how old what each player
// saw was, and how long a line took to be heard.
#include "match_record.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace mini_engine {

namespace {

// From Okabe and Ito's palette, which colour-blind readers can tell apart.
constexpr const char *kColours[] = {
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#666666"};
constexpr double kMapLeft = 30, kMapTop = 70, kMapSide = 640;
constexpr double kPlotLeft = 770, kPlotWidth = 320;
constexpr double kStripTop = 86, kStripHeight = 44, kStripStep = 56;
constexpr double kWidth = 1190, kHeight = 760;

struct Picture {
	FILE *file;

	void put(const char *format, ...) {
		va_list values;
		va_start(values, format);
		std::vfprintf(file, format, values);
		va_end(values);
		std::fputc('\n', file);
	}
	void text(double x, double y, const char *style, const std::string &text) {
		put("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>", x, y, style, text.c_str());
	}
	void line(double x1, double y1, double x2, double y2, const char *style) {
		put("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>", x1, y1, x2, y2, style);
	}
};

double map_x(float metres) { return kMapLeft + kMapSide * static_cast<double>(metres / kWorldSize); }
double map_y(float metres) { return kMapTop + kMapSide * static_cast<double>(metres / kWorldSize); }

double seconds_since(const MatchRecord &match, netpeer::Instant when) {
	return static_cast<double>((when - match.start).us) / 1e6;
}

// When a player steered its entity, in ticks; the same for both when it never did.
struct Lifetime {
	size_t from = 0, to = 0;
};
Lifetime lifetime_of(const MatchRecord &match, const Seat &seat) {
	const GameServer &server = *match.server;
	Lifetime life;
	const int entity = seat.client->player();
	if (entity < 0 || seat.client->first_line() >= server.log().size()) return life;
	// A player's first line says that it has joined.
	const netpeer::Instant joined = server.log_times()[seat.client->first_line()];
	while (life.from < server.snapshots().size() && server.snapshot_times()[life.from] < joined) ++life.from;
	life.to = life.from;
	while (life.to < server.snapshots().size() && server.snapshots()[life.to].is_alive(entity)) ++life.to;
	return life;
}

void draw_path(Picture &picture, const MatchRecord &match, int entity, Lifetime life, size_t step, const char *style,
        const char *colour) {
	if (life.from == life.to) return;
	std::fprintf(picture.file, "<polyline class=\"%s\" stroke=\"%s\" points=\"", style, colour);
	for (size_t tick = life.from; tick < life.to; ++tick) {
		if ((tick - life.from) % step != 0 && tick + 1 != life.to) continue;
		const Snapshot &one = match.server->snapshots()[tick];
		std::fprintf(picture.file, "%.1f,%.1f ", map_x(one.metres_x(entity)), map_y(one.metres_y(entity)));
	}
	picture.put("\"/>");
}

const char *colour_of(const MatchRecord &match, const Seat &seat) {
	return kColours[static_cast<size_t>(&seat - match.seats->data()) % (sizeof kColours / sizeof kColours[0])];
}

void draw_map(Picture &picture, const MatchRecord &match) {
	const std::vector<Snapshot> &snapshots = match.server->snapshots();
	picture.text(kMapLeft, 32, "title", "Where everything went");
	picture.text(kMapLeft, 54, "note",
	        "lines: paths on the server; rings: where " + (*match.seats)[0].name +
	                "'s screen showed the players, ten times a second");
	picture.put("<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" class=\"frame\"/>", kMapLeft, kMapTop,
	        kMapSide, kMapSide);
	for (int entity = kMaxPlayers; entity < kEntities; ++entity)
		draw_path(picture, match, entity, {0, snapshots.size()}, 6, "path", "#c4c9cf");
	for (int entity = kMaxPlayers; entity < kEntities; ++entity)
		picture.put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\" fill=\"#8a9199\"/>",
		        map_x(snapshots.back().metres_x(entity)), map_y(snapshots.back().metres_y(entity)));
	for (const Seat &seat : *match.seats)
		draw_path(
		        picture, match, seat.client->player(), lifetime_of(match, seat), 3, "steered", colour_of(match, seat));
	for (const Drawn &one : match.drawn) {
		const Seat *whose = nullptr; // the last one who was given this entity
		for (const Seat &seat : *match.seats) {
			const Lifetime life = lifetime_of(match, seat);
			if (seat.client->player() == one.entity && life.from != life.to &&
			        match.server->snapshot_times()[life.from] < one.time)
				whose = &seat;
		}
		if (whose != nullptr)
			picture.put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\" class=\"ring\" stroke=\"%s\"/>", map_x(one.x),
			        map_y(one.y), colour_of(match, *whose));
	}
	for (const Seat &seat : *match.seats) {
		const Lifetime life = lifetime_of(match, seat);
		if (life.from == life.to) continue;
		const Snapshot &last = snapshots[life.to - 1];
		const double x = map_x(last.metres_x(seat.client->player())), y = map_y(last.metres_y(seat.client->player()));
		picture.put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>", x, y, colour_of(match, seat));
		const bool is_right = x > kMapLeft + kMapSide - 80;
		picture.text(is_right ? x - 9 : x + 9, y + 4, is_right ? "name end" : "name",
		        seat.name + (seat.vanishes != kNever        ? " (lost)"
		                            : seat.leaves != kNever ? " (left)"
		                                                    : ""));
	}
}

double step_for(double most) {
	for (double step : {20.0, 50.0, 100.0, 200.0, 500.0, 1000.0})
		if (most / step <= 4) return step;
	return 5000;
}

void draw_seconds(Picture &picture, double y, double length_s) {
	const double step = length_s <= 3 ? 0.5 : length_s <= 12 ? 2 : step_for(length_s);
	for (double s = 0; s <= length_s + 1e-9; s += step) {
		char label[32];
		std::snprintf(label, sizeof label, "%g s", s);
		picture.text(kPlotLeft + kPlotWidth * s / length_s, y, "tick middle", label);
	}
}

void draw_ages(Picture &picture, const MatchRecord &match, double length_s) {
	double most = 1;
	for (const Seat &seat : *match.seats)
		for (double age : snapshot_ages(match, *seat.client)) most = std::max(most, age);
	const double step = step_for(most), top = step * static_cast<double>(static_cast<int>(most / step) + 1);
	picture.text(kPlotLeft - 60, 32, "title", "How old what each player saw was");
	char label[160];
	std::snprintf(label, sizeof label, "age of the newest snapshot when a frame is drawn, 0 to %.0f ms", top);
	picture.text(kPlotLeft - 60, 54, "note", label);
	picture.text(kPlotLeft + kPlotWidth + 10, kStripTop - 8, "tick", "median / 99 %");

	double y = kStripTop;
	for (const Seat &seat : *match.seats) {
		const GameClient &client = *seat.client;
		std::vector<double> ages = snapshot_ages(match, client);
		const char *colour = colour_of(match, seat);
		picture.put("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"strip\"/>", kPlotLeft, y,
		        kPlotWidth, kStripHeight);
		picture.text(kPlotLeft - 12, y + kStripHeight / 2 + 4, "name end", seat.name);
		if (!ages.empty()) {
			std::fprintf(picture.file, "<polyline class=\"age\" stroke=\"%s\" points=\"", colour);
			for (size_t i = 0; i < ages.size(); ++i) {
				// A point between two of its own height adds nothing.
				if (i > 0 && i + 1 < ages.size() && ages[i - 1] == ages[i] && ages[i] == ages[i + 1]) continue;
				std::fprintf(picture.file, "%.1f,%.1f ",
				        kPlotLeft + kPlotWidth * seconds_since(match, client.frames()[i].time) / length_s,
				        y + kStripHeight * (1 - ages[i] / top));
			}
			picture.put("\"/>");
			std::sort(ages.begin(), ages.end());
			std::snprintf(label, sizeof label, "%.0f / %.0f ms", quantile(ages, 0.5), quantile(ages, 0.99));
			picture.text(kPlotLeft + kPlotWidth + 10, y + kStripHeight / 2 + 4, "tick", label);
		}
		y += kStripStep;
	}
	draw_seconds(picture, y + 4, length_s);
}

void draw_chat(Picture &picture, const MatchRecord &match, double length_s) {
	const double top_y = kStripTop + kStripStep * static_cast<double>(match.seats->size()) + 84, height = 170;
	std::vector<double> delays;
	for (const Seat &seat : *match.seats)
		for (const GameClient::Heard &heard : seat.client->heard())
			delays.push_back(
			        static_cast<double>((heard.time - match.server->log_times()[heard.line.number]).us) / 1000);
	std::sort(delays.begin(), delays.end());
	const double most = std::max(1.0, quantile(delays, 1)), step = step_for(most);
	const double top = step * static_cast<double>(static_cast<int>(most / step) + 1);
	picture.text(kPlotLeft - 60, top_y - 42, "title", "How long a line took to be heard");
	char label[160];
	std::snprintf(label, sizeof label, "a dot for each line and listener; median %.0f ms, 95 %% %.0f ms",
	        quantile(delays, 0.5), quantile(delays, 0.95));
	picture.text(kPlotLeft - 60, top_y - 20, "note", label);
	picture.put("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"strip\"/>", kPlotLeft, top_y,
	        kPlotWidth, height);
	for (double ms = 0; ms <= top + 1e-9; ms += step) {
		const double y = top_y + height * (1 - ms / top);
		if (ms > 0 && ms < top) picture.line(kPlotLeft, y, kPlotLeft + kPlotWidth, y, "grid");
		std::snprintf(label, sizeof label, "%.0f ms", ms);
		picture.text(kPlotLeft - 8, y + 4, "tick end", label);
	}
	for (const Seat &seat : *match.seats)
		for (const GameClient::Heard &heard : seat.client->heard()) {
			const netpeer::Instant said = match.server->log_times()[heard.line.number];
			const double ms = static_cast<double>((heard.time - said).us) / 1000;
			picture.put("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.4\" fill=\"%s\" fill-opacity=\"0.75\"/>",
			        kPlotLeft + kPlotWidth * seconds_since(match, said) / length_s, top_y + height * (1 - ms / top),
			        colour_of(match, seat));
		}
	draw_seconds(picture, top_y + height + 18, length_s);
}

} // namespace

bool draw(const MatchRecord &match, const char *path) {
	FILE *file = std::fopen(path, "wb");
	if (file == nullptr) return false;
	Picture picture{file};
	picture.put("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\">",
	        kWidth, kHeight);
	picture.put("<style>.title{font-size:18px;font-weight:bold;fill:#222}.note{font-size:12px;fill:#555}"
	            ".tick{font-size:11px;fill:#555}.name{font-size:13px;font-weight:bold;fill:#222}.end{text-anchor:end}"
	            ".middle{text-anchor:middle}.frame{fill:#fff;stroke:#999}.strip{fill:#f5f6f7}.grid{stroke:#d5d9dd}"
	            ".path{fill:none;stroke-width:1}.steered{fill:none;stroke-width:1.6;stroke-linejoin:round}"
	            ".ring{fill:#fff;stroke-width:1}.age{fill:none;stroke-width:1.1}</style>");
	picture.put("<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>", kWidth, kHeight);
	const double length_s = static_cast<double>(match.ticks) / kTicksPerSecond;
	draw_map(picture, match);
	draw_ages(picture, match, length_s);
	draw_chat(picture, match, length_s);
	char footer[200];
	if (match.loss_percent >= 0)
		std::snprintf(footer, sizeof footer, "%d ticks at %d Hz, %s, %.1f %% of the datagrams lost", match.ticks,
		        kTicksPerSecond, match.network.c_str(), match.loss_percent);
	else
		std::snprintf(
		        footer, sizeof footer, "%d ticks at %d Hz, %s", match.ticks, kTicksPerSecond, match.network.c_str());
	picture.text(kMapLeft, kHeight - 18, "note", footer);
	picture.put("</svg>");
	const bool is_written = std::ferror(file) == 0;
	return (std::fclose(file) == 0) && is_written;
}

} // namespace mini_engine
